"""Forms of the administrator's room."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import Actor
from helpdesk.core.forms import TextArea
from helpdesk.core.ledger.wire import CUSTOMER
from helpdesk.core.masking import is_id_number, mask_text
from helpdesk.core.models import Role, Team, User
from helpdesk.core.throttle import count

ROLES = [(value, label) for value, label in Role.choices if value != Role.SYSTEM]
CONFIRMATIONS, PERIOD = 30, 300  # of one administrator, in so many seconds


class Confirmed(forms.Form):
    """What gives power over an account asks who is there: a browser may be left open, a cookie stolen."""

    own_password = forms.CharField(
        label=_("您自己的密码"),
        max_length=128,
        strip=False,
        help_text=_("确认是您本人在操作。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor

    def clean_own_password(self) -> str:
        if count(f"own password {self.actor.pk}", PERIOD) > CONFIRMATIONS:
            raise forms.ValidationError(_("短时间内尝试的次数太多了。"))
        if not (
            isinstance(self.actor, User) and self.actor.check_password(self.cleaned_data["own_password"])
        ):
            raise forms.ValidationError(_("密码不对。"))
        return ""

    def clean(self) -> dict[str, Any]:
        """Without the password: the rest is what the action is called with."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: value for name, value in typed.items() if name != "own_password"}


def unused_email(email: str, *, but: User | None = None) -> str:
    """People sign in with it, so it is nobody else's."""
    owners = User.objects.filter(email__iexact=email)
    if (owners.exclude(pk=but.pk) if but else owners).exists():
        raise forms.ValidationError(_("这个邮箱已经属于另一个账号。"))
    return email


class InitialPassword(forms.Form):
    password = forms.CharField(
        label=_("初始密码"),
        max_length=128,
        strip=False,
        help_text=_("至少 10 个字符。请当面或通过电话告诉本人，并请他登录后修改。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class PasswordForm(Confirmed, InitialPassword):
    field_order = ["password", "own_password"]


class ResetForm(Confirmed):
    """Whoever asks for it may not be who they say: the reason is what others can check later."""

    reason = TextArea(
        label=_("理由"),
        rows=2,
        max_length=300,
        help_text=_("例如：手机丢失，已当面核对本人。理由会留在操作记录里。"),
    )
    field_order = ["reason", "own_password"]


class RoleFields(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=ROLES)
    team = forms.ModelChoiceField(
        Team.objects.all(), label=_("团队"), required=False, empty_label=_("没有团队")
    )


class RoleForm(Confirmed, RoleFields):
    field_order = ["role", "team", "own_password"]


class NamesForm(Confirmed):
    """Who somebody is called and how they are reached; both are unknown of a customer to an administrator."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("邮箱"))
    field_order = ["name", "email", "own_password"]

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person

    def clean_email(self) -> str:
        return unused_email(self.cleaned_data["email"], but=self.person)


class PersonForm(RoleFields, InitialPassword):
    username = forms.CharField(
        label=_("用户名"),
        max_length=150,
        validators=[User.username_validator],
        help_text=_("登录时使用，以后不能改。可以用字母、数字和 @ . + - _。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("姓名"), max_length=60)
    email = forms.EmailField(label=_("邮箱"))
    field_order = ["username", "name", "email", "role", "team", "password", "own_password"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("这个用户名已经有人使用。"))
        return username

    def clean_email(self) -> str:
        return unused_email(self.cleaned_data["email"])


class NewPersonForm(Confirmed, PersonForm):
    pass


class LinkForm(Confirmed):
    field_order = ["customer_ref", "own_password"]
    customer_ref = forms.RegexField(
        rf"\A{CUSTOMER.pattern}\Z",
        strip=True,
        label=_("借款系统的客户号"),
        max_length=64,
        required=False,
        help_text=_("关联之后，客户登录就能看到这个客户号名下的借款。留空是取消关联。"),
        error_messages={"invalid": _("只能用字母、数字和 . _ -，不要填身份证号或手机号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_customer_ref(self) -> str:
        """A reference stands in addresses and logs of two systems: it must say nothing about the person."""
        ref = str(self.cleaned_data["customer_ref"])
        if is_id_number(ref) or mask_text(ref) != ref:
            raise forms.ValidationError(_("只能用字母、数字和 . _ -，不要填身份证号或手机号。"))
        return ref


class TeamForm(forms.Form):
    name = forms.CharField(label=_("团队名称"), max_length=60)


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("用户名或姓名"), max_length=60, required=False)
    role = forms.ChoiceField(label=_("角色"), choices=[("", _("全部")), *ROLES], required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=[("", _("全部")), ("active", _("在用")), ("inactive", _("已停用"))],
        required=False,
    )


class AuditFilter(forms.Form):
    verb = forms.CharField(label=_("操作"), max_length=60, required=False)  # in words, or its code
    who = forms.CharField(label=_("操作人"), max_length=120, required=False)
    target = forms.CharField(
        label=_("对象"),
        max_length=110,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "C-2026-000123"}),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


def chosen(form: forms.Form) -> dict[str, Any]:
    """The filters that make sense; one that does not is as if it were not set."""
    form.is_valid()
    return {name: form.cleaned_data.get(name) or "" for name in form.fields}
