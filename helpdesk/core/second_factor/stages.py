"""What a sign-in still asks once the password was right; until then nobody is signed in."""

from typing import Any

from allauth.account.stages import LoginStage
from django.shortcuts import redirect

from helpdesk.core.models import User
from helpdesk.core.second_factor.rules import lacks_second_factor


class Stage(LoginStage):  # type: ignore[misc]  # untyped library
    def asks(self, person: User) -> bool:
        raise NotImplementedError

    def handle(self) -> Any:
        if not self.asks(self.login.user):
            return None, True
        self.state["account"] = self.login.user.get_session_auth_hash()
        return redirect(self.urlname), True

    def holds(self) -> bool:
        """The account is what it was when the password was typed: no new password, no factor removed."""
        person = self.login.user
        return bool(
            person and person.is_active and self.state.get("account") == person.get_session_auth_hash()
        )


class CodeStage(Stage):
    """Whoever has a second factor shows it."""

    key = "second_factor"
    urlname = "core:second_factor"

    def asks(self, person: User) -> bool:
        return person.second_factor_since is not None


class SetUpStage(Stage):
    """Whoever must have one and has none sets it up before anything else."""

    key = "set_up_second_factor"
    urlname = "core:first_second_factor"

    def asks(self, person: User) -> bool:
        return lacks_second_factor(person)
