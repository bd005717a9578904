"""Our desk with two doors more, for measuring beside it.

``/slow/`` answers after a synchronous query of 300 ms, as a view of ours would make it.
``/ws/plain/`` is a socket of ours that asks nobody who they are.
"""

from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.urls import path

from benchmarks.slow import slow_query
from helpdesk.asgi import application as desk
from helpdesk.core.sockets import Socket


class Plain(Socket):
    greeted = True

    async def heard(self, frame):
        self.answer(type="welcome")


plain = URLRouter([path("ws/plain/", Plain.as_asgi())])


async def application(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/slow/":
        await sync_to_async(slow_query)()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
    elif scope["type"] == "websocket" and scope["path"] == "/ws/plain/":
        await plain(scope, receive, send)
    else:
        await desk(scope, receive, send)
