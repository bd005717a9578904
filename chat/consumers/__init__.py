"""The two doors of the chat for sockets (docs/chat-protocol.md)."""

from chat.consumers.desk import DeskConsumer
from chat.consumers.visitor import VisitorConsumer

__all__ = ["DeskConsumer", "VisitorConsumer"]
