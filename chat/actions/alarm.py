"""The gravest red flags reach a supervisor at once, whoever was talking when they were raised."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from chat import events, queries
from chat.models import Conversation
from helpdesk.core.pool import in_background
from tickets.redflags import RedFlag


def tell_supervisors(conversation: Conversation, flags: Sequence[RedFlag]) -> None:
    """On their desks now; P0 by e-mail too, which names nobody and nothing that was said."""
    people = queries.supervisors_of(conversation)
    events.flagged(conversation, people)
    if any(flag.level == "P0" for flag in flags):
        addresses = [person.email for person in people if person.email]
        transaction.on_commit(partial(in_background, _mail, addresses), robust=True)


def _mail(addresses: Sequence[str]) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("在线对话出现紧急警示")
        text = _("一个正在进行的对话里出现了紧急警示，请马上登录，在“在线客服”里查看。")
        for address in addresses:
            send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
