"""The sockets of the chat."""

from channels.auth import AuthMiddlewareStack
from django.urls import URLPattern, path

from chat.consumers import DeskConsumer, VisitorConsumer

# A visitor's socket needs no session: its token is checked in ``hello``, and an id that is none as well.
websocket_urls: list[URLPattern] = [
    path("ws/chat/<str:pk>/", VisitorConsumer.as_asgi()),
    path("ws/desk/", AuthMiddlewareStack(DeskConsumer.as_asgi())),
]
