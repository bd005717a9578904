"""E-mails about a case: a notice and a link, never what the case is about.

The address of the link holds the case number and no secret: it opens with the tracking code or after signing
in. The letter itself travels only where the customer asked for it.
"""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from helpdesk.core.masking import mask_contact
from tickets.inbox.addresses import reply_address
from tickets.models import Delivery
from tickets.models.letter import MESSAGE
from tickets.models.parties import answer_addresses


class NoAddress(ValueError):  # noqa: N818
    """This desk does not know its own address, so an e-mail could not lead anywhere."""


def addresses_of(delivery: Delivery) -> list[str]:
    """To whom it goes: all who get the answer, or those of them for whom the row is alone."""
    if not settings.PUBLIC_URL:
        raise NoAddress("PUBLIC_URL is not set")
    if not (addresses := answer_addresses(delivery.ticket)):  # the contact was corrected to a telephone
        raise NoAddress("no e-mail address")
    return [one for one in addresses if mask_contact(one) in delivery.to.split(", ")] or addresses


def compose(delivery: Delivery, to: str) -> EmailMessage:
    """The message of a delivery to one address, always with the same Message-ID: who gets it twice sees it
    once."""
    ticket = delivery.ticket
    with translation.override(delivery.language):
        link = settings.PUBLIC_URL + reverse("tickets:tracked", args=[ticket.number])
        subject, opening = _words(delivery.letter)
        back = reply_address(ticket)
        answers = (
            _("直接回复这封邮件，内容会补充到这件事里。") if back else _("请不要回复这封邮件，它由系统发出。")
        )
        warning = _("我们不会在邮件里索要密码、验证码或查询码。")
    words = {"number": ticket.number, "link": link}
    body = f"{opening % words}\n\n{answers}\n{warning}\n"
    message = EmailMessage(
        subject % words,
        body,
        to=[to],
        reply_to=[back] if back else None,
        headers={"Message-ID": message_id(delivery), "Auto-Submitted": "auto-generated"},
    )
    if delivery.whole and delivery.document:
        with delivery.document.file.open("rb") as stored:
            message.attach(delivery.document.name, stored.read(), delivery.document.content_type)
    return message


def _words(letter: str) -> tuple[str, str]:
    """Subject and opening, in the language that is active. The page of a decision has the survey, too."""
    if letter == MESSAGE:
        return _("您的编号 %(number)s 有新的消息"), _(
            "您好：\n\n您的编号 %(number)s 有一条新的消息，可能在等您回复。"
            "请打开下面的网页，用查询码或登录后查看：\n\n%(link)s"
        )
    opening = _(
        "您好：\n\n您的编号 %(number)s 有一封新的信函。请打开下面的网页，用查询码或登录后查看：\n\n%(link)s"
    )
    if letter == "decision":
        opening += "\n\n" + _("看过以后，可以在同一个网页评价这次处理。")
    return _("您的编号 %(number)s 有新的信函"), opening


def message_id(delivery: Delivery) -> str:
    """Nobody can guess it who has not got the e-mail: a letter that names it may say that it came back."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    mark = salted_hmac("tickets.mail", f"{delivery.pk} {delivery.sha256}", algorithm="sha256").hexdigest()
    return f"<{mark[:32]}@{domain}>"
