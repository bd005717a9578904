from django.urls import path, register_converter

from tickets.queries import CLOCK_VERBS
from tickets.views import (
    alerts,
    assigning,
    bulk,
    calendars,
    clocks,
    desk,
    export,
    files,
    flags,
    learning,
    letters,
    loans,
    packs,
    public,
    queue,
    todo,
    tracked,
)
from tickets.views.verbs import VERBS

app_name = "tickets"


class NumberConverter:
    """A case number, so that the names of pages are never taken for one."""

    regex = r"C-[0-9]{4}-[0-9]{6,10}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ClockVerbConverter:
    """A verb about a clock; in the address with hyphens, as all verbs are."""

    regex = "|".join(verb.replace("_", "-") for verb in CLOCK_VERBS)

    def to_python(self, value: str) -> str:
        return value.replace("-", "_")

    def to_url(self, value: str) -> str:
        return value.replace("_", "-")


register_converter(NumberConverter, "number")
register_converter(ClockVerbConverter, "clock_verb")

urlpatterns = [
    # Visitors and customers
    path("new/", public.new, name="new"),
    path("received/", public.received, name="received"),
    path("track/", public.track, name="track"),
    path("track/<number:number>/", tracked.tracked, name="tracked"),
    path("track/<number:number>/message/", tracked.message, name="tracked_message"),
    path("track/<number:number>/evidence/", tracked.evidence, name="tracked_evidence"),
    path("track/<number:number>/withdraw/", tracked.withdraw, name="tracked_withdraw"),
    path("track/<number:number>/feedback/", tracked.feedback, name="tracked_feedback"),
    path("track/<number:number>/review/", tracked.review, name="tracked_review"),
    path("track/<number:number>/reopen/", tracked.reopen, name="tracked_reopen"),
    path("track/<number:number>/code/", tracked.code, name="tracked_code"),
    path("track/<number:number>/letter/", tracked.letter, name="tracked_letter"),
    path("mine/", public.mine, name="mine"),
    path("loans/", loans.loans, name="loans"),
    path("loans/<slug:reference>/", loans.loan, name="loan"),
    path("loans/<slug:reference>/plan/", loans.new_plan, name="new_plan"),
    # Both
    path("<number:number>/evidence/<int:pk>/", files.evidence, name="evidence"),
    path("<number:number>/evidence/<int:pk>/preview/", files.preview, name="preview"),
    # Staff
    path("queue/", queue.cases, name="queue"),
    path("queue/columns/", queue.set_columns, name="set_columns"),
    path("queue/keys/", queue.set_keys, name="set_keys"),
    path("queue/bulk/", bulk.bulk, name="bulk"),
    path("queue/bulk/<int:pk>/", bulk.act, name="bulk_act"),
    path("queue/bulk/<int:pk>/step/", bulk.step, name="step_bulk"),
    path("queue/bulk/<int:pk>/undo/", bulk.undo, name="undo_bulk"),
    path("queue/views/new/", queue.new_view, name="new_view"),
    path("queue/views/<int:pk>/", queue.change_view, name="change_view"),
    path("queue/views/<int:pk>/delete/", queue.delete_view, name="delete_view"),
    path("queue/views/<int:pk>/restore/", queue.restore_view, name="restore_view"),
    path("next/", assigning.take_next, name="take_next"),
    path("teams/", assigning.teams, name="teams"),
    path("teams/<int:pk>/", assigning.set_team_rule, name="set_team_rule"),
    path("log/", desk.log, name="log"),
    path("log/due/", desk.log_due, name="log_due"),
    path("logged/", desk.logged, name="logged"),
    path("learning/", learning.page, name="learning"),
    path("learning/train/", learning.train, name="train_model"),
    path("<number:number>/", desk.ticket, name="ticket"),
    path("<number:number>/flags/<slug:code>/", flags.review, name="review_flag"),
    path("<number:number>/letter/", desk.letter, name="letter"),
    path("<number:number>/letter/preview/", letters.preview, name="preview_letter"),
    path("todo/", todo.todo, name="todo"),
    path("todo/corrections/<int:pk>/", todo.complete_own_correction, name="complete_own_correction"),
    path("letters/", letters.wordings, name="wordings"),
    path("letters/<slug:code>/<slug:language>/", letters.wording, name="wording"),
    path("<number:number>/dossier/", export.export, name="dossier"),
    path("<number:number>/clocks/", clocks.clocks, name="clocks"),
    path("<number:number>/clocks/<int:pk>/<clock_verb:name>/", clocks.move_clock, name="move_clock"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/unread/", alerts.unread, name="unread_alerts"),
    path("alerts/read/", alerts.read, name="read_alerts"),
    path("alerts/restore/", alerts.restore, name="restore_alerts"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/<int:pk>/undo/", calendars.undo_calendar, name="undo_calendar"),
    path("packs/", packs.packs, name="packs"),
    path("packs/<slug:code>/", packs.pack, name="pack"),
    path("packs/<slug:code>/new/", packs.new_version, name="new_pack_version"),
    path("what-if/", clocks.what_if, name="what_if"),
    path("<number:number>/reveal/", desk.reveal, name="reveal_contact"),
    path("<number:number>/link-account/", desk.link_account, name="link_account"),
    *(
        path(f"<number:number>/{verb.name.replace('_', '-')}/", desk.doing(verb), name=verb.name)
        for verb in VERBS
    ),
]
