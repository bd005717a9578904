"""URL × method × role for the case pages."""

from tests.access import Row
from tests.tickets.factories import make_ticket, text_file
from tickets import actions
from tickets.views.verbs import VERBS

ABSENT = "C-2026-999999"


def own(state="received", **fields):
    return lambda cast: {"number": make_ticket(cast, state, **fields).number}


def foreign(cast):
    return {"number": make_ticket(cast, actor=cast.other_customer).number}


def absent(cast):
    return {"number": ABSENT}


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
EMPTY = {
    "investigate": "302 403 403 403 403 403",
    "approve_decision": "302 403 403 409 403 403",
    "resolve": "302 403 403 403 403 403",
    "renew_tracking_code": "302 403 403 302 403 403",
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
    Row("tickets:queue", "302 403 200 200 200 200"),
    Row("tickets:queue", "302 403 405 405 405 405", method="POST"),
    Row("tickets:log", "302 403 200 200 403 403"),
    Row("tickets:log", "302 403 400 400 403 403", method="POST", label="empty"),
    Row("tickets:logged", "302 403 302 302 403 403"),
    Row("tickets:ticket", "302 403 200 200 200 200", kwargs=own(), label="own"),
    Row("tickets:ticket", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("tickets:letter", "302 403 200 200 200 200", kwargs=own("resolved"), label="own"),
    Row("tickets:letter", "302 403 404 404 404 404", kwargs=own(), label="undecided"),
    Row("tickets:letter", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("tickets:reveal_contact", "302 403 400 400 403 403", method="POST", kwargs=own(), label="own"),
    Row("tickets:reveal_contact", "302 403 404 404 403 403", method="POST", kwargs=absent, label="absent"),
    Row("tickets:reveal_contact", "302 403 302 302 403 403", kwargs=own()),
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
