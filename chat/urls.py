from django.urls import path

from chat.views import desk, verbs, visitor, widget

app_name = "chat"
urlpatterns = [
    # Visitors
    path("", visitor.visitor, name="visitor"),
    path("start/", visitor.start, name="start"),
    path("send/", visitor.send, name="send"),
    path("end/", visitor.end, name="end"),
    path("rate/", visitor.rate, name="rate"),
    path("leave/", visitor.leave, name="leave"),
    path("my-ticket/", visitor.my_ticket, name="my_ticket"),
    path("transcript/", visitor.transcript, name="transcript"),
    path("answers/", visitor.answers, name="answers"),
    # The widget on other sites
    path("frame/", widget.frame, name="frame"),
    path("widget.js", widget.widget, name="widget"),
    path("embed/", widget.embed, name="embed"),
    # Agents
    path("desk/", desk.desk, name="desk"),
    path("desk/lists/", desk.lists, name="lists"),
    path("desk/<uuid:pk>/", desk.conversation, name="conversation"),
    path("desk/<uuid:pk>/send/", desk.send, name="send_as_agent"),
    path("desk/<uuid:pk>/suggestions/", desk.suggestions, name="suggestions"),
    path("<uuid:pk>/accept/", verbs.accept, name="accept"),
    path("<uuid:pk>/release/", verbs.release, name="release"),
    path("<uuid:pk>/transfer/", verbs.transfer, name="transfer"),
    path("<uuid:pk>/close/", verbs.close, name="close"),
    path("<uuid:pk>/note/", verbs.note, name="note"),
    path("<uuid:pk>/convert/", verbs.convert, name="convert"),
]
