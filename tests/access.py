"""The form of the URL × role table. Each app writes its rows in tests/<app>/access.py as ``ACCESS``.

``codes`` answers, in this order, for: anonymous, customer, agent, supervisor, analyst, administrator.
302 for anonymous means "sign in first". Rows with an id come in two: ``own`` and ``absent`` (404 for all).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROLES = ("anonymous", "customer", "agent", "supervisor", "analyst", "administrator")


@dataclass(frozen=True)
class Row:
    name: str  # "tickets:queue"
    codes: str  # "302 403 200 200 403 403", or one code for all
    method: str = "GET"
    # Given the cast, the URL's keyword arguments; it may create rows.
    kwargs: Callable[[Any], dict[str, Any]] | None = None
    data: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    def expected(self) -> dict[str, int]:
        codes = [int(code) for code in self.codes.split()]
        return dict(zip(ROLES, codes * len(ROLES) if len(codes) == 1 else codes, strict=False))

    def __str__(self) -> str:
        return f"{self.method} {self.name} {self.label}".strip()
