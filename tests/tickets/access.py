"""URL × method × role for the case pages."""

from helpdesk.core import clock
from helpdesk.core.administration.calendars import import_year
from tests.access import Row
from tests.tickets.factories import make_ticket, text_file
from tickets import actions
from tickets.actions import bulk
from tickets.models import SavedView
from tickets.views.verbs import VERBS

ABSENT = "C-2026-999999"


def own(state="received", **fields):
    return lambda cast: {"number": make_ticket(cast, state, **fields).number}


def foreign(cast):
    return {"number": make_ticket(cast, actor=cast.other_customer).number}


def clock_of(cast):
    case = make_ticket(cast)
    return {"number": case.number, "pk": case.main_clock.pk, "name": "resume_deadline"}


def absent_clock(cast):
    return clock_of(cast) | {"pk": 999_999}


def imported(cast):
    days = "2099-01-01,0"
    made = import_year(actor=cast.administrator, calendar_name="CN", year=2099, text=days, source="测试")
    return {"pk": made.pk}


def no_year(cast):
    return {"pk": 999_999}


def pack_of(code):
    return lambda cast: {"code": code}


def absent(cast):
    return {"number": ABSENT}


def loan(reference):
    """Of the demonstration's ledger; the customer is its ``DEMO-0001``."""

    def kwargs(cast):
        cast.customer.customer_ref = "DEMO-0001"
        cast.customer.save()
        return {"reference": reference}

    return kwargs


def flag_of(kwargs):
    return lambda cast: kwargs(cast) | {"code": "RF01"}


def bulk_of(role):
    def kwargs(cast):
        text, actor = {"text": "已核对。"}, cast.by_role(role)
        return {"pk": bulk.start_bulk(actor=actor, verb="note", fields=text, tickets=[make_ticket(cast)]).pk}

    return kwargs


def view_of(owner):
    """Shared with the owner's team."""

    def kwargs(cast):
        person = cast.by_role(owner)
        view, _made = SavedView.objects.get_or_create(
            owner=person, team=person.team, name="费用投诉", deleted_at=None
        )
        return {"pk": view.pk}

    return kwargs


def correction_of(role):
    def kwargs(cast):
        case, owner = make_ticket(cast, "investigating"), cast.by_role(role)
        plan = {"what": "改短信模板。", "owner": owner, "due_on": clock.today()}
        return {"pk": actions.record_correction(case, actor=cast.agent, **plan).pk}

    return kwargs


def wording(code):
    return lambda cast: {"code": code, "language": "en"}


def file_of(actor, *, public=True):
    def kwargs(cast):
        case = make_ticket(cast, actor=cast.by_role(actor))
        file = actions.add_evidence(case, actor=cast.supervisor, file=text_file(), public=public)
        return {"number": case.number, "pk": file.pk}

    return kwargs


def file_of_another_case(cast):
    return file_of("customer")(cast) | own()(cast)


def party(name, codes, **fields):
    """A form on the customer's page: own, foreign and absent; opened by its address, it leads to the page."""
    strangers = "404 404 403 403 403 403"
    return [
        Row(name, codes, method="POST", kwargs=own(), label="own", **fields),
        Row(name, strangers, method="POST", kwargs=foreign, label="foreign"),
        Row(name, strangers, method="POST", kwargs=absent, label="absent"),
    ]


# What each verb of the desk answers to an empty form on a case that was just received.
def team_of(cast):
    return {"pk": cast.agent.team_id}


EMPTY = {
    "assign_by_rule": "302 403 403 409 403 403",
    "undo_handover": "302 403 409 409 403 403",
    "investigate": "302 403 403 403 403 403",
    "resolve": "302 403 403 403 403 403",
    "renew_tracking_code": "302 403 403 302 403 403",
    "unmerge": "302 403 409 409 403 403",
    "record_details": "302 403 409 409 403 403",  # a complaint has none of its own
}
REFUSED = "302 403 400 400 403 403"

ACCESS = [
    Row("tickets:new", "200 200 302 302 302 302"),
    Row("tickets:new", "400 400 302 302 302 302", method="POST", label="empty"),
    Row("tickets:new", "405", method="PUT"),
    Row("tickets:received", "302"),
    Row("tickets:track", "200"),
    Row("tickets:track", "400", method="POST", label="empty"),
    Row("tickets:mine", "302 200 403 403 403 403"),
    Row("tickets:loans", "302 200 403 403 403 403"),
    Row("tickets:loans", "302 405 403 403 403 403", method="POST"),
    Row("tickets:loan", "302 200 403 403 403 403", kwargs=loan("MC-100001"), label="own"),
    Row("tickets:loan", "302 404 403 403 403 403", kwargs=loan("MC-100004"), label="foreign"),
    Row("tickets:loan", "302 404 403 403 403 403", kwargs=loan("MC-999999"), label="absent"),
    Row("tickets:new_plan", "302 200 403 403 403 403", kwargs=loan("MC-100001"), label="own"),
    Row(
        "tickets:new_plan", "302 400 403 403 403 403", method="POST", kwargs=loan("MC-100001"), label="empty"
    ),
    Row(
        "tickets:new_plan",
        "302 404 403 403 403 403",
        method="POST",
        kwargs=loan("MC-100004"),
        label="foreign",
    ),
    Row(
        "tickets:new_plan", "302 404 403 403 403 403", method="POST", kwargs=loan("MC-999999"), label="absent"
    ),
    Row("tickets:tracked", "404 200 302 302 302 302", kwargs=own(), label="own"),
    Row("tickets:tracked", "404 404 302 302 302 302", kwargs=foreign, label="foreign"),
    Row("tickets:tracked", "404 404 302 302 302 302", kwargs=absent, label="absent"),
    Row("tickets:tracked", "405", method="POST", kwargs=own()),
    *party("tickets:tracked_message", "404 400 403 403 403 403"),
    *party("tickets:tracked_evidence", "404 400 403 403 403 403"),
    *party("tickets:tracked_feedback", "404 400 403 403 403 403"),
    *party("tickets:tracked_review", "404 400 403 403 403 403"),
    *party("tickets:tracked_reopen", "404 400 403 403 403 403"),
    *party("tickets:tracked_withdraw", "404 302 403 403 403 403"),
    *party("tickets:tracked_code", "404 302 403 403 403 403"),
    Row("tickets:tracked_message", "302", kwargs=own()),
    Row("tickets:tracked_withdraw", "404 200 403 403 403 403", kwargs=own(), label="own"),
    Row("tickets:tracked_code", "405", kwargs=own()),
    Row("tickets:tracked_letter", "404 200 403 403 403 403", kwargs=own("resolved"), label="own"),
    Row("tickets:tracked_letter", "404 404 403 403 403 403", kwargs=own(), label="undecided"),
    Row("tickets:tracked_letter", "404 404 403 403 403 403", kwargs=absent, label="absent"),
    Row("tickets:evidence", "404 200 200 200 200 200", kwargs=file_of("customer"), label="own"),
    Row("tickets:evidence", "404 404 200 200 200 200", kwargs=file_of("other_customer"), label="foreign"),
    Row(
        "tickets:evidence",
        "404 404 200 200 200 200",
        kwargs=file_of("customer", public=False),
        label="internal",
    ),
    Row("tickets:evidence", "404", kwargs=file_of_another_case, label="of another case"),
    Row("tickets:evidence", "404", kwargs=lambda cast: absent(cast) | {"pk": 1}, label="absent"),
    Row("tickets:preview", "404 200 200 200 200 200", kwargs=file_of("customer"), label="own"),
    Row("tickets:preview", "404 404 200 200 200 200", kwargs=file_of("other_customer"), label="foreign"),
    Row(
        "tickets:preview",
        "404 404 200 200 200 200",
        kwargs=file_of("customer", public=False),
        label="internal",
    ),
    Row("tickets:preview", "404", kwargs=file_of_another_case, label="of another case"),
    Row("tickets:preview", "404", kwargs=lambda cast: absent(cast) | {"pk": 1}, label="absent"),
    Row("tickets:queue", "302 403 200 200 200 200"),
    Row("tickets:queue", "302 403 405 405 405 405", method="POST"),
    Row("tickets:set_columns", "302 403 302 302 302 302", method="POST"),
    Row("tickets:set_columns", "302 403 405 405 405 405"),
    Row("tickets:set_keys", "302 403 302 302 302 302", method="POST"),
    Row("tickets:bulk", "302 403 302 302 403 403"),
    Row("tickets:bulk", "302 403 302 302 403 403", method="POST", label="nothing chosen"),
    Row("tickets:bulk_act", "302 403 404 200 403 403", kwargs=bulk_of("supervisor"), label="a supervisor's"),
    Row("tickets:step_bulk", "302 403 404 302 403 403", method="POST", kwargs=bulk_of("supervisor")),
    Row("tickets:undo_bulk", "302 403 404 302 403 403", method="POST", kwargs=bulk_of("supervisor")),
    Row("tickets:new_view", "302 403 200 200 200 200"),
    Row("tickets:new_view", "302 403 400 400 400 400", method="POST", label="empty"),
    Row("tickets:change_view", "302 403 200 200 404 404", kwargs=view_of("agent"), label="of the team"),
    Row("tickets:change_view", "302 403 404 404 404 404", kwargs=view_of("other_agent"), label="foreign"),
    Row(
        "tickets:change_view",
        "302 403 400 400 404 404",
        method="POST",
        kwargs=view_of("agent"),
        label="empty",
    ),
    Row("tickets:delete_view", "302 403 302 302 404 404", method="POST", kwargs=view_of("agent")),
    Row("tickets:delete_view", "302 403 404 404 404 404", method="POST", kwargs=view_of("other_agent")),
    Row("tickets:restore_view", "302 403 302 302 302 302", method="POST", kwargs=view_of("agent")),
    Row(
        "tickets:restore_view",
        "302 403 404 404 404 404",
        method="POST",
        kwargs=lambda cast: {"pk": 999999},
        label="absent",
    ),
    Row("tickets:take_next", "302 403 302 302 403 403", method="POST"),
    Row("tickets:take_next", "302 403 405 405 403 403"),
    Row("tickets:teams", "302 403 403 200 403 403"),
    Row("tickets:set_team_rule", "302 403 403 400 403 403", method="POST", kwargs=team_of, label="empty"),
    Row("tickets:set_team_rule", "302 403 403 405 403 403", kwargs=team_of),
    Row("tickets:log", "302 403 200 200 403 403"),
    Row("tickets:log", "302 403 400 400 403 403", method="POST", label="empty"),
    Row("tickets:log_due", "302 403 200 200 403 403"),
    Row("tickets:logged", "302 403 302 302 403 403"),
    Row("tickets:ticket", "302 403 200 200 200 200", kwargs=own(), label="own"),
    Row("tickets:ticket", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("tickets:letter", "302 403 200 200 200 200", kwargs=own("resolved"), label="own"),
    Row("tickets:letter", "302 403 404 404 404 404", kwargs=own(), label="undecided"),
    Row("tickets:letter", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("tickets:dossier", "302 403 403 400 403 400", method="POST", kwargs=own(), label="own"),
    Row("tickets:dossier", "302 403 403 404 403 404", method="POST", kwargs=absent, label="absent"),
    Row("tickets:dossier", "302 403 403 302 403 302", kwargs=own()),
    Row("tickets:clocks", "302 403 200 200 200 200", kwargs=own(), label="own"),
    Row("tickets:clocks", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("tickets:move_clock", "302 403 400 400 403 403", method="POST", kwargs=clock_of, label="own"),
    Row("tickets:move_clock", "302 403 404 404 403 403", method="POST", kwargs=absent_clock, label="absent"),
    Row("tickets:move_clock", "302 403 302 302 403 403", kwargs=clock_of),
    Row("tickets:alerts", "302 403 200 200 403 200"),
    Row("tickets:unread_alerts", "302 403 200 200 403 200"),
    Row("tickets:read_alerts", "302 403 302 302 403 302", method="POST"),
    Row("tickets:read_alerts", "302 403 405 405 403 405"),
    Row("tickets:restore_alerts", "302 403 302 302 403 302", method="POST"),
    Row("tickets:restore_alerts", "302 403 405 405 403 405"),
    Row("tickets:calendars", "302 403 403 403 403 200"),
    Row("tickets:calendars", "302 403 403 403 403 400", method="POST", label="empty"),
    Row("tickets:undo_calendar", "302 403 403 403 403 302", method="POST", kwargs=imported, label="own"),
    Row("tickets:undo_calendar", "302 403 403 403 403 404", method="POST", kwargs=no_year, label="absent"),
    Row("tickets:undo_calendar", "302 403 403 403 403 405", kwargs=no_year),
    Row("tickets:packs", "302 403 403 403 403 200"),
    Row("tickets:pack", "302 403 403 403 403 200", kwargs=pack_of("cn_nfra_2020_3"), label="own"),
    Row("tickets:pack", "302 403 403 403 403 404", kwargs=pack_of("nothing"), label="absent"),
    Row("tickets:new_pack_version", "302 403 403 403 403 200", kwargs=pack_of("cn_nfra_2020_3"), label="own"),
    Row("tickets:new_pack_version", "302 403 403 403 403 404", kwargs=pack_of("nothing"), label="absent"),
    Row(
        "tickets:new_pack_version",
        "302 403 403 403 403 400",
        method="POST",
        kwargs=pack_of("cn_nfra_2020_3"),
        label="empty",
    ),
    Row("tickets:what_if", "302 403 200 200 200 200"),
    Row(
        "tickets:review_flag",
        "302 403 409 409 403 403",
        method="POST",
        kwargs=flag_of(own()),
        label="no flag",
    ),
    Row(
        "tickets:review_flag",
        "302 403 404 404 403 403",
        method="POST",
        kwargs=flag_of(absent),
        label="absent",
    ),
    Row("tickets:review_flag", "302 403 405 405 403 403", kwargs=flag_of(own())),
    Row("tickets:learning", "302 403 403 200 200 200"),
    Row("tickets:train_model", "302 403 403 403 302 302", method="POST"),
    Row("tickets:train_model", "302 403 403 403 405 405"),
    Row("tickets:preview_letter", "302 403 200 200 403 403", method="POST", kwargs=own(), label="own"),
    Row("tickets:preview_letter", "302 403 404 404 403 403", method="POST", kwargs=absent, label="absent"),
    Row("tickets:preview_letter", "302 403 302 302 403 403", kwargs=own()),
    Row("tickets:todo", "302 403 200 200 403 403"),
    Row(
        "tickets:complete_own_correction",
        "302 403 404 400 403 403",
        method="POST",
        kwargs=correction_of("supervisor"),
        label="a supervisor's",
    ),
    Row(
        "tickets:complete_own_correction",
        "302 403 404 404 403 403",
        method="POST",
        kwargs=lambda cast: {"pk": 999_999},
        label="absent",
    ),
    Row("tickets:complete_own_correction", "302 403 302 302 403 403", kwargs=correction_of("supervisor")),
    Row("tickets:wordings", "302 403 403 200 403 200"),
    Row("tickets:wording", "302 403 403 200 403 200", kwargs=wording("complaint_upheld"), label="own"),
    Row("tickets:wording", "302 403 403 404 403 404", kwargs=wording("nothing"), label="absent"),
    Row(
        "tickets:wording",
        "302 403 403 400 403 400",
        method="POST",
        kwargs=wording("complaint_upheld"),
        label="own",
    ),
    Row(
        "tickets:wording",
        "302 403 403 404 403 404",
        method="POST",
        kwargs=wording("nothing"),
        label="absent",
    ),
    Row("tickets:reveal_contact", "302 403 400 400 403 403", method="POST", kwargs=own(), label="own"),
    Row("tickets:reveal_contact", "302 403 404 404 403 403", method="POST", kwargs=absent, label="absent"),
    Row("tickets:reveal_contact", "302 403 302 302 403 403", kwargs=own()),
    Row("tickets:link_account", "302 403 409 409 403 403", method="POST", kwargs=own(), label="own"),
    Row("tickets:link_account", "302 403 404 404 403 403", method="POST", kwargs=absent, label="absent"),
    Row("tickets:link_account", "302 403 302 302 403 403", kwargs=own()),
    *(
        Row(f"tickets:{verb.name}", EMPTY.get(verb.name, REFUSED), method="POST", kwargs=own(), label="own")
        for verb in VERBS
    ),
    *(
        Row(
            f"tickets:{verb.name}",
            "302 403 404 404 403 403",
            method="POST",
            kwargs=absent,
            label="absent",
        )
        for verb in VERBS
    ),
    *(Row(f"tickets:{verb.name}", "302 403 302 302 403 403", kwargs=own()) for verb in VERBS),
]
