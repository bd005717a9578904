"""The visitor's transcript page: to read, to keep, to have sent, to have deleted. No script is needed.

Exempt from CSRF as the pages of chat.views.visitor are, and for their reason: the token in the form body is
the proof, and a frame on another site has no CSRF cookie.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chat import actions, tokens, transcripts
from chat.forms import DeletionForm, MailForm
from chat.models import Conversation, Message
from chat.throttle import allow_mail
from chat.views.record import FILES
from chat.views.visitor import in_its_language, shown_secret
from helpdesk.core.actors import add_grant
from helpdesk.core.errors import ActionError
from helpdesk.core.masking import mask_email
from helpdesk.core.permissions import public
from tickets.throttle import TOO_MANY_CASES, allow_filing
from tickets.views.codes import hand_over
from tickets.views.public import FILED_KEY

VISITOR = Message.Author.VISITOR


def _page(
    request: HttpRequest, conversation: Conversation, status: int = 200, **context: Any
) -> HttpResponse:
    context = {
        "conversation": conversation,
        "lines": transcripts.read(conversation, VISITOR),
        "mail_form": MailForm(),
        "deletion_form": DeletionForm(),
        "shown": shown_secret(request, conversation),
        **context,
    }
    return render(request, "chat/transcript.html", context, status=status)


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def transcript(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Everything that was said: to read, or with ``format`` as text or PDF to keep."""
    wanted = request.POST.get("format", "")
    return FILES[wanted](conversation, VISITOR) if wanted in FILES else _page(request, conversation)


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def mail_transcript(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Send it to an address that the visitor gives."""
    form = MailForm(request.POST)
    if not form.is_valid():
        return _page(request, conversation, 400, mail_form=form)
    address = form.cleaned_data["email"]
    if not allow_mail(request, conversation, address):
        form.add_error(None, _("今天已经发过几次了，请明天再试，或者在这里保存一份。"))
        return _page(request, conversation, 429, mail_form=form)
    actions.mail_transcript(conversation, actor=tokens.visitor(conversation), email=address)
    said = _("对话记录正在发往 %(address)s，几分钟内会到。没有收到时请看一下垃圾邮件。")
    return _page(request, conversation, told=said % {"address": mask_email(address)})


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def ask_deletion(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """A privacy request; the next page shows its number and its tracking code."""
    form = DeletionForm(request.POST)
    status = 400
    if form.is_valid() and not allow_filing(request):
        form.add_error(None, TOO_MANY_CASES)
        status = 429
    if form.is_valid():
        try:
            guest = tokens.visitor(conversation)
            ticket = actions.ask_deletion(conversation, actor=guest, **form.cleaned_data)
        except ActionError as error:
            form.add_error(None, error.message)
            status = getattr(error, "status", 409)
        else:
            request.session.cycle_key()
            add_grant(request, "ticket", ticket.grant_key)
            request.session[FILED_KEY] = ticket.number
            return hand_over("tickets:received", ticket, ticket.tracking_code)
    return _page(request, conversation, status, deletion_form=form)
