"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.core import audit
from helpdesk.core.events import end_access
from helpdesk.core.models import User
from helpdesk.core.redirects import leads_here


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped library
    """Accounts are made by the lender or an administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Allauth's own fails on addresses that cannot be parsed."""
        return leads_here(url)

    def set_password(self, user: User, password: str) -> None:
        """A new password is an event of the trail; the password is not."""
        with transaction.atomic():
            super().set_password(user, password)
            audit.record("person.password_changed", actor=user, target=user)
            end_access(user)


class SignInForm(LoginForm):  # type: ignore[misc]  # untyped library
    """Allauth's form in our words; the labels say enough, so there are no placeholders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("用户名或邮箱")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("在这台设备上保持登录")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
