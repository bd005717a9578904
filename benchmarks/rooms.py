"""What our chat is measured against, each written as its documentation would have you write it.

``/ws/bare/<room>/``    a bare ASGI application: hands each frame to everybody in the room, stores nothing.
``/ws/layer/<room>/``   a Channels consumer with ``group_send`` over the in-memory layer, stores nothing.
``/ws/naive/<room>/``   a Channels consumer that stores: one INSERT, then the ack, then ``group_send``.

``/slow/`` answers after a synchronous query of 300 ms, as a Django view would make it.
"""

import json
import os
import uuid
from collections import defaultdict

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

import django
from django.conf import settings

# The in-memory layer, with room for everything: at its usual 100 it would drop most of a burst.
settings.CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
}
django.setup(set_prefix=False)

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.db import IntegrityError, connection, models, transaction
from django.urls import path

from benchmarks.slow import slow_query

members = defaultdict(set)


class Line(models.Model):
    """The naive design's only table."""

    room = models.CharField(max_length=40, db_index=True)
    client_id = models.UUIDField(unique=True)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "benchmarks"


def make_table() -> None:
    """Once, before any contestant starts."""
    if Line._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Line)


async def bare(scope, receive, send):
    room = members[scope["path"]]
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            room.add(send)
        elif event["type"] == "websocket.receive":
            for other in list(room):
                await other({"type": "websocket.send", "text": event["text"]})
        else:
            room.discard(send)
            return


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["name"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send(self.room, {"type": "said", "text": text_data})

    async def said(self, event):
        await self.send(text_data=event["text"])

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)


class Naive(Room):
    async def receive(self, text_data=None, bytes_data=None):
        frame = json.loads(text_data)
        await self.store(frame)
        await self.send(text_data=json.dumps({"type": "ack", "client_id": frame["client_id"]}))
        message = json.dumps({**frame, "type": "message"}, ensure_ascii=False, separators=(",", ":"))
        await self.channel_layer.group_send(self.room, {"type": "said", "text": message})

    @database_sync_to_async
    def store(self, frame):
        try:
            with transaction.atomic():
                Line.objects.create(
                    room=self.room, client_id=uuid.UUID(frame["client_id"]), text=frame["text"]
                )
        except IntegrityError:
            return  # a retry


channels = URLRouter(
    [path("ws/layer/<str:name>/", Room.as_asgi()), path("ws/naive/<str:name>/", Naive.as_asgi())]
)


async def application(scope, receive, send):
    if scope["type"] == "http":
        if scope["path"] == "/slow/":
            await sync_to_async(slow_query)()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
    elif scope["path"].startswith("/ws/bare/"):
        await bare(scope, receive, send)
    else:
        await channels(scope, receive, send)


if __name__ == "__main__":
    make_table()
