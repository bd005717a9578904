from django.urls import path, register_converter

from tickets.views import desk, files, public, tracked
from tickets.views.verbs import VERBS

app_name = "tickets"


class NumberConverter:
    """A case number, so that the names of pages are never taken for one."""

    regex = r"C-[0-9]{4}-[0-9]{6,10}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "number")

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
    # Both
    path("<number:number>/evidence/<int:pk>/", files.evidence, name="evidence"),
    # Staff
    path("queue/", desk.cases, name="queue"),
    path("log/", desk.log, name="log"),
    path("logged/", desk.logged, name="logged"),
    path("<number:number>/", desk.ticket, name="ticket"),
    path("<number:number>/letter/", desk.letter, name="letter"),
    path("<number:number>/reveal/", desk.reveal, name="reveal_contact"),
    *(
        path(f"<number:number>/{verb.name.replace('_', '-')}/", desk.doing(verb), name=verb.name)
        for verb in VERBS
    ),
]
