"""What an action can answer other than success. Edges translate these, and nothing else, to codes."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied


class ActionForbidden(PermissionDenied):
    """The actor may see the row but not do this to it: 403."""


class ActionError(Exception):
    """The rule said no, or someone else was first: 409, with the current state.

    ``message`` is for people, already translated; ``missing`` lists what the step still lacks.
    """

    def __init__(self, message: str, *, state: str = "", missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.state = state
        self.missing = list(missing)
