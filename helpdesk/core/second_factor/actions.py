"""Setting up a second factor, showing it, and taking it away."""

import datetime as dt
from functools import partial

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.administration.actions import is_person
from helpdesk.core.errors import ActionError
from helpdesk.core.events import end_access
from helpdesk.core.fields import opened, sealed
from helpdesk.core.mail import send
from helpdesk.core.models import User
from helpdesk.core.permissions import is_administrator, is_oneself, is_system
from helpdesk.core.second_factor.codes import counter_of
from helpdesk.core.throttle import count, forget

Type = Authenticator.Type
DAY = 24 * 3600
LIMITS = ((5, 300), (30, DAY))  # wrong codes for one person, in so many seconds


@action("person.second_factor_set_up", allowed=is_oneself & is_person)
def set_up_second_factor(person: User, *, actor: Actor, secret: str, counter: int) -> tuple[User, list[str]]:
    """With the first recovery codes. ``counter`` is of the code that showed that the app has the secret."""
    if person.second_factor_since:
        raise ActionError(_("双重验证已经设置好了。"))
    data = {"secret": sealed(secret), "counter": counter}
    Authenticator.objects.create(user=person, type=Type.TOTP, data=data, created_at=clock.now())
    _since(person, clock.now())
    _tell(person, _("您的账号启用了双重验证，以后登录要输入验证码。"))
    return person, _new_codes(person)


@action("person.second_factor_used", allowed=is_oneself, audited=False)
def use_second_factor(person: User, *, actor: Actor, code: str) -> User:
    """One code, once. A device remembers its last use; a recovery code stands in the trail."""
    _spend(person, code)
    return person


@action("person.recovery_codes_made", allowed=is_oneself)
def make_recovery_codes(person: User, *, actor: Actor, code: str) -> list[str]:
    """New ones in the place of the old ones."""
    _spend(person, code)
    _tell(person, _("您的账号生成了新的恢复码，原来的恢复码已作废。"))
    return _new_codes(person)


@action("person.second_factor_removed", allowed=is_oneself)
def remove_second_factor(person: User, *, actor: Actor, code: str) -> User:
    """One's own, for example before moving to another phone."""
    _spend(person, code)
    _remove(person)
    _tell(person, _("您的账号解除了双重验证。"))
    return person


@action("person.second_factor_reset", allowed=(is_administrator | is_system) & is_person)
def reset_second_factor(person: User, *, actor: Actor, reason: str) -> User:
    """For somebody who has lost theirs, on somebody else's word: they are signed out, and told."""
    if actor.pk == person.pk:
        raise ActionError(_("自己的双重验证请在“登录安全”里解除。"))
    if not person.second_factor_since:
        raise ActionError(_("这个账号没有设置双重验证。"))
    _remove(person)
    with translation.override(settings.LANGUAGE_CODE):  # the administrator's language is not theirs
        _tell(person, _("管理员解除了您账号的双重验证，下次登录时请重新设置。"))
    return person


def _spend(person: User, code: str) -> None:
    """Counted before it is looked at, so that guesses at the same moment are no more than one by one."""
    if any(count(_guesses(person, period), period) > most for most, period in LIMITS):
        raise ActionError(_("验证码输错的次数太多了。请稍后再试，或联系管理员。"))
    if not (_is_of_device(person, code) or _is_recovery_code(person, code)):
        raise ActionError(
            _("验证码不对，或者已经用过。请输入验证器里最新的 6 位数字，或一个没用过的恢复码。")
        )
    _forget_guesses(person)


def _guesses(person: User, period: int) -> str:
    return f"second factor {person.pk} {period}"


def _forget_guesses(person: User) -> None:
    for _most, period in LIMITS:
        forget(_guesses(person, period))


def _is_of_device(person: User, code: str) -> bool:
    device = Authenticator.objects.filter(user=person, type=Type.TOTP).first()
    if device is None:
        return False
    secret = opened(device.data["secret"])
    counter = counter_of(secret, code, after=device.data["counter"])
    if counter is not None:
        device.data = {"secret": sealed(secret), "counter": counter}
        device.last_used_at = clock.now()
        device.save()
    return counter is not None


def _is_recovery_code(person: User, code: str) -> bool:
    device = Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).first()
    if device is None:
        return False
    codes = RecoveryCodes(device)
    if not codes.validate_code(code):
        return False
    used = codes.instance
    used.data["seed"] = sealed(opened(used.data["seed"]))
    used.last_used_at = clock.now()
    used.save()
    left = len(codes.get_unused_codes())
    audit.record("person.recovery_code_used", actor=person, target=person, data={"left": left})
    _tell(person, _("有人用恢复码登录了您的账号，或确认了其中的操作。"))
    return True


def _new_codes(person: User) -> list[str]:
    Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).delete()
    return list(RecoveryCodes.activate(person).generate_codes())


def _remove(person: User) -> None:
    Authenticator.objects.filter(user=person).delete()
    _forget_guesses(person)  # they were at what is gone
    _since(person, None)


def _since(person: User, instant: dt.datetime | None) -> None:
    """Ends every session but the one that is given the new mark, and every socket."""
    person.second_factor_since = instant
    person.save(update_fields=["second_factor_since"])
    end_access(person)


def _tell(person: User, what: str) -> None:
    """A letter names no code and leads nowhere: it says what happened, and whom to turn to."""
    if not person.email:
        return
    local = clock.now().astimezone(clock.business_zone())
    said = {"what": what, "username": person.username, "at": f"{local:%Y-%m-%d %H:%M %z}"}
    letter = EmailMessage(
        subject=_("您的账号 %(username)s：登录安全有变化") % said,
        body=_("%(what)s\n\n时间：%(at)s\n\n如果不是您本人的操作，请马上联系管理员，并修改密码。") % said,
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    transaction.on_commit(partial(send, letter), robust=True)
