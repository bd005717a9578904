"""One conversation to read and to keep, for staff: page, text, PDF; and a customer's loans beside a chat."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat import transcripts
from chat.actions import delete_on_request
from chat.actions.export import export_conversation
from chat.forms import DeleteForm, RecordForm
from chat.lines import lines_of
from chat.models import Conversation
from chat.permissions import may_delete, reads_records
from chat.queries import conversations_visible_to, messages_after, notes_of, record_for, why_kept
from chat.views.desk import AGENT, me
from helpdesk.core.asked import is_partial
from helpdesk.core.errors import ActionError
from helpdesk.core.ledger import LedgerError, LedgerUnavailable, Statement, UnknownCustomer, ledger
from helpdesk.core.models import User
from helpdesk.core.permissions import requires, works_cases
from helpdesk.core.staffing.actions import READS, on_a_page

__all__ = ["FILES", "as_file", "export", "loans", "record"]


def as_file(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Something to keep; never from a cache."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def text_file(conversation: Conversation, mine: str) -> HttpResponse:
    content = transcripts.as_text(conversation, mine).encode()
    return as_file(content, transcripts.file_name(conversation, "txt"), "text/plain; charset=utf-8")


def pdf_file(conversation: Conversation, mine: str) -> HttpResponse:
    content = transcripts.as_pdf(conversation, mine)
    return as_file(content, transcripts.file_name(conversation, "pdf"), "application/pdf")


FILES = {"txt": text_file, "pdf": pdf_file}


def _visible(request: HttpRequest, pk: UUID) -> Conversation:
    return get_object_or_404(conversations_visible_to(me(request)), pk=pk)


def _readable(request: HttpRequest, pk: UUID) -> Conversation:
    if (found := record_for(me(request), pk)) is None:
        raise Http404
    return found


@requires(reads_records)
@never_cache
@require_safe
def record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything that was said, with what was said before a correction, and the notes."""
    on_a_page(me(request), READS)
    return _page(request, _readable(request, pk), RecordForm())


def _page(
    request: HttpRequest, conversation: Conversation, form: RecordForm, status: int = 200
) -> HttpResponse:
    said = messages_after(conversation.pk, 0, conversation.last_seq)
    context = {
        "conversation": conversation,
        "lines": lines_of(said, mine=AGENT),
        "notes": notes_of(conversation, me(request)),
        "export": form,
        "deletes": conversation.deletion_id is not None and may_delete(me(request)),
    }
    return render(request, "chat/record.html", context, status=status)


@requires(may_delete)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What its visitor asked to have deleted: what goes and what stays, why, and then it is gone."""
    conversation = _visible(request, pk)
    form, status = DeleteForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                ticket = delete_on_request(conversation, actor=me(request), **form.cleaned_data)
            except ActionError as refused:
                form.add_error(None, refused.message)
                status = 409
            else:
                messages.success(request, _("这次对话已经删除。"))
                return redirect("tickets:ticket", ticket.number)
    context = {"conversation": conversation, "form": form, "kept": why_kept(conversation)}
    return render(request, "chat/delete.html", context, status=status)


@requires(reads_records)
@never_cache
@require_POST
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The transcript as text or PDF, after the reason is on record."""
    conversation, form = _readable(request, pk), RecordForm(request.POST)
    if not form.is_valid():
        return _page(request, conversation, form, 400)
    export_conversation(conversation, actor=User.objects.get(pk=me(request).pk), **form.cleaned_data)
    return FILES[form.cleaned_data["format"]](conversation, AGENT)


@requires(works_cases)
@never_cache
@require_safe
def loans(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The customer's loans as the ledger has them now, with the time; or why there are none to show."""
    on_a_page(me(request), READS)
    statement, trouble, status = _statement(_visible(request, pk))
    context = {"conversation_pk": pk, "statement": statement, "trouble": trouble, "loans": _rows(statement)}
    whole = not is_partial(request)
    return render(request, "chat/loans.html" if whole else "chat/_loans.html", context, status=status)


def _statement(conversation: Conversation) -> tuple[Statement | None, str, int]:
    source, customer = ledger(), conversation.customer
    if source is None:
        return None, _("这个系统没有连接账务系统。"), 200
    if customer is None or not customer.customer_ref:
        return None, _("这位访客没有关联借款客户。"), 200
    try:
        return source.statement_of(customer.customer_ref), "", 200
    except UnknownCustomer:
        return None, _("账务系统里没有这位客户。"), 200
    except LedgerUnavailable:
        return None, _("账务系统暂时连不上，现在没有可用的数字。请稍后再查，不要凭记忆答复金额。"), 200
    except LedgerError:
        return None, _("账务系统的答复有误，没有显示。请稍后再查。"), 200


def _rows(statement: Statement | None) -> list[dict[str, object]]:
    if statement is None:
        return []
    day = statement.day
    return [
        {
            "loan": loan,
            "next": loan.next_bill(day),
            "overdue_sum": loan.overdue_sum(day),
            "overdue_days": loan.overdue_days(day),
        }
        for loan in statement.loans
    ]
