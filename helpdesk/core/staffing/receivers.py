"""Whoever signs out is off duty."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from helpdesk.core.models import Presence, Staffing, User
from helpdesk.core.staffing.actions import set_presence


@receiver(user_logged_out, dispatch_uid="core.signed_out_is_off_duty")
def go_off_duty(*, user: User | None, **_: Any) -> None:
    at_work = Staffing.objects.exclude(presence=Presence.OFF).select_related("user")
    if user is not None and (staffing := at_work.filter(user_id=user.pk).first()):
        set_presence(staffing.user, actor=staffing.user, presence=Presence.OFF)
