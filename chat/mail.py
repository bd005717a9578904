"""The e-mails of the chat. Their words are ours; what was said is in an attachment at most."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from chat import transcripts
from chat.models import Mailing, Message


def compose(mailing: Mailing) -> EmailMessage:
    """Always with the same Message-ID: who gets it twice sees it once."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    with translation.override(mailing.language):
        message = _alarm(mailing) if mailing.alarm else _transcript(mailing)
    message.to = [mailing.address]
    message.extra_headers = {
        "Message-ID": f"<chat-{mailing.pk}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    return message


def _alarm(mailing: Mailing) -> EmailMessage:
    """It names nobody and nothing that was said."""
    text = _("一个在线对话里出现了紧急警示，请马上登录查看：%(where)s")
    where = settings.PUBLIC_URL + reverse("chat:conversation", args=[mailing.conversation_id])
    return EmailMessage(_("在线对话出现紧急警示"), text % {"where": where})


def _transcript(mailing: Mailing) -> EmailMessage:
    message = EmailMessage(
        _("您的对话记录"),
        _(
            "您好：\n\n这是您在在线客服申请的对话记录，见附件。\n"
            "如果不是您申请的，请忽略这封邮件。请不要回复，它由系统发出。\n"
            "我们不会在邮件里索要密码、验证码或查询码。\n"
        ),
    )
    content = transcripts.as_pdf(mailing.conversation, Message.Author.VISITOR)
    message.attach(transcripts.file_name(mailing.conversation, "pdf"), content, "application/pdf")
    return message
