"""The ASGI application: HTTP to Django, WebSockets to the consumers, by address."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

import django

django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from chat.routing import websocket_urls as chat_sockets
from helpdesk.core.consumers import HintsConsumer
from helpdesk.core.handler import Handler
from helpdesk.core.origins import OwnOrigins
from helpdesk.demo.checks import refuse_demonstration

refuse_demonstration()  # a server runs no system checks when it starts

hints = AuthMiddlewareStack(HintsConsumer.as_asgi())
nowhere = re_path("", WebsocketDenier.as_asgi())  # an unknown address is refused, not an exception

application = ProtocolTypeRouter(
    {
        "http": Handler(),
        "websocket": OwnOrigins(URLRouter([path("ws/hints/", hints), *chat_sockets, nowhere])),
    }
)
