"""Everything that is said in the demonstration, as data: people, cases, chats, judgements. All invented."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True)
class CaseText:
    """What a case is about and what is found out; slots such as {n} are filled by ``told``."""

    topic: str
    business: str
    cause: str
    root_cause: str
    outcome: str
    redress: str
    narrative: str
    request: str
    facts: str
    reasons: str
    kind: str = "complaint"

    def told(self, slots: dict[str, object]) -> "CaseText":
        filled = {
            name: value.format(**slots) if isinstance(value, str) else value
            for name, value in vars(self).items()
        }
        return CaseText(**filled)


@dataclass(frozen=True)
class ChatText:
    """Lines in turn: who (``v`` visitor, ``a`` agent) and what; ``case`` is what an agent files from it."""

    topic: str
    lines: list[str]
    case: dict[str, str] = field(default_factory=dict)


@cache
def cases() -> list[CaseText]:
    return [CaseText(**raw) for raw in read("cases")["case"]]


@cache
def chats() -> list[ChatText]:
    return [ChatText(**raw) for raw in read("chats")["chat"]]


def opinion(topic: str, satisfied: bool, dice: Random) -> str:
    """What a customer writes with a score; every third writes nothing."""
    said = read("words")["opinions"]
    lines: list[str] = said.get(topic, said["other"])["good" if satisfied else "bad"]
    return dice.choice(lines) if dice.random() < 0.65 else ""
