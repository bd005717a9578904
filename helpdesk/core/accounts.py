"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.core import audit
from helpdesk.core.events import end_access
from helpdesk.core.fields import opened, sealed
from helpdesk.core.models import User
from helpdesk.core.redirects import leads_here
from helpdesk.core.second_factor.rules import lacks_second_factor


class Backend(AuthenticationBackend):  # type: ignore[misc]  # untyped library
    """Pages, API and sockets all ask here whose session it is."""

    def get_user(self, user_id: Any) -> User | None:
        user: User | None = super().get_user(user_id)
        return None if user and lacks_second_factor(user) else user


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # untyped library
    """Accounts are made by the lender or an administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        """What comes between the right password and being signed in."""
        stages = "helpdesk.core.second_factor.stages."
        return [f"{stages}CodeStage", f"{stages}SetUpStage"]

    def is_safe_url(self, url: str) -> bool:
        """Allauth's own fails on addresses that cannot be parsed."""
        return leads_here(url)

    def set_password(self, user: User, password: str) -> None:
        """A new password is an event of the trail; the password is not."""
        with transaction.atomic():
            super().set_password(user, password)
            audit.record("person.password_changed", actor=user, target=user)
            end_access(user)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # untyped library
    """Secrets are kept like other personal data: with ``DATA_KEYS``, the first writes, every one reads."""

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return opened(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.username


class SignInForm(LoginForm):  # type: ignore[misc]  # untyped library
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(self, login=_("用户名或邮箱"), password=_("密码"), remember=_("在这台设备上保持登录"))
        self.fields["password"].help_text = ""
        if not self.is_bound:  # a refused form begins at its errors
            self.fields["login"].widget.attrs["autofocus"] = True


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # untyped library
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(self, oldpassword=_("目前的密码"), password1=_("新密码"), password2=_("再输一次新密码"))


def in_our_words(form: Form, **labels: Any) -> None:
    """The labels say enough, so there are no placeholders."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
