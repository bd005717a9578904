"""Finding a conversation of any time, taking a set of them out, and the supervisors' view of all."""

import csv
import datetime as dt
import io
import json
import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat import history as find
from chat.actions import index_conversations
from chat.actions.export import MOST_EXPORTED, export_conversations
from chat.forms import ExportForm, HistoryForm
from chat.hands import hands
from chat.lines import Line
from chat.models import Conversation, Export
from chat.pace import ERROR_DAYS, recent_error
from chat.permissions import may_export, reads_history
from chat.transcripts import body, read
from chat.views.desk import Row, me
from chat.views.record import as_file
from helpdesk.core import clock
from helpdesk.core.asked import is_partial
from helpdesk.core.cells import neutral
from helpdesk.core.masking import mask_name, mask_text
from helpdesk.core.models import User
from helpdesk.core.permissions import is_supervisor, requires
from helpdesk.core.pool import in_background

EXPORTS_SHOWN = 10
Key = tuple[dt.datetime, uuid.UUID]


def _key(text: str) -> Key | None:
    """The row after which a page starts; anything that is none starts from the beginning."""
    at, _, pk = text.partition("_")
    try:
        return dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC), uuid.UUID(pk)
    except ValueError:
        return None


def _after(row: Conversation) -> str:
    return f"{row.created_at.astimezone(dt.UTC).replace(tzinfo=None).isoformat()}_{row.pk}"


def _wanted(form: HistoryForm) -> find.Wanted:
    return find.Wanted(**form.cleaned_data) if form.is_valid() else find.Wanted(state="none")


def page(request: HttpRequest, *, status: int = 200, export: ExportForm | None = None) -> HttpResponse:
    user = me(request)
    given = request.POST if request.method == "POST" else request.GET
    form = HistoryForm(given, user=user)
    rows = find.found(user, _wanted(form)) if form.is_valid() else Conversation.objects.none()
    key = _key(given.get("page", ""))
    if key:
        rows = rows.filter(Q(created_at__lt=key[0]) | Q(created_at=key[0], pk__lt=key[1]))
    shown = list(rows[: find.PER_PAGE + 1])
    listed = shown[: find.PER_PAGE]
    lines = find.excerpts(listed, form.cleaned_data.get("text", ""))
    context = {
        "form": form,
        "rows": [(row, lines.get(row.pk, "")) for row in listed],
        "next": _after(shown[find.PER_PAGE - 1]) if len(shown) > find.PER_PAGE else "",
        "is_later": key is not None,
        "exports": may_export(user),
        "export": export or ExportForm(),
        "exported": Export.objects.select_related("by")[:EXPORTS_SHOWN] if may_export(user) else [],
        "most": MOST_EXPORTED,
    }
    return render(request, "chat/history.html", context, status=status if form.is_valid() else 400)


@requires(reads_history)
@never_cache
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Conversations that this person may see, newest first, by words and filters."""
    in_background(index_conversations)  # so that the next look finds what was said a moment ago
    return page(request)


@requires(may_export)
@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """What the filters find, as CSV or JSON, after the reason is on record."""
    form, wanted = ExportForm(request.POST), HistoryForm(request.POST, user=me(request))
    if not form.is_valid() or not wanted.is_valid():
        return page(request, status=400, export=form)
    rows = list(find.found(me(request), _wanted(wanted))[: MOST_EXPORTED + 1])
    if len(rows) > MOST_EXPORTED:
        form.add_error(None, form.too_many)
        return page(request, status=400, export=form)
    asked = {
        name: mask_text(str(value)) for name, value in wanted.cleaned_data.items() if value not in (None, "")
    }
    export_conversations(
        actor=User.objects.get(pk=me(request).pk),
        reason=form.cleaned_data["reason"],
        count=len(rows),
        wanted=asked,
    )
    if form.cleaned_data["format"] == "json":
        content = json.dumps([_whole(row) for row in rows], ensure_ascii=False, indent=1).encode()
        return as_file(content, "conversations.json", "application/json")
    return as_file(_table(rows), "conversations.csv", "text/csv; charset=utf-8")


def _facts(row: Conversation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "created_at": row.created_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else "",
        "state": row.state,
        "name": mask_name(row.name),
        "topic": row.topic,
        "wrap_up": row.wrap_up,
        "language": row.language,
        "agent": str(row.assignee or ""),
        "score": row.score,
        "ticket": row.ticket.number if row.ticket else "",
        "spam": row.spam,
    }


def _whole(row: Conversation) -> dict[str, Any]:
    said = [
        {
            "seq": line.seq,
            "at": line.at.isoformat(),
            "author": line.author,
            "who": line.who,
            "kind": line.kind,
            "text": line.text,
            "edited": line.edited,
            "sources": line.sources,
            "options": line.options,
            "files": [{"name": file["name"], "size": file["size"]} for file in line.files],
        }
        for line in read(row, "agent")
    ]
    return _facts(row) | {"messages": said}


def _table(rows: list[Conversation]) -> bytes:
    """One line a message; a spreadsheet runs nothing of it."""
    out = io.StringIO()
    writer = csv.writer(out)
    head: list[str] | None = None
    for row in rows:
        facts = _facts(row)
        lines: list[Line | None] = [*read(row, "agent")]
        for line in lines or [None]:
            more = {
                "seq": line.seq if line else "",
                "at": line.at.isoformat() if line else "",
                "author": line.author if line else "",
                "text": body(line) if line else "",
            }
            if head is None:
                writer.writerow(head := [*facts, *more])
            writer.writerow([neutral(cell) for cell in (*facts.values(), *more.values())])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@requires(is_supervisor)
@never_cache
@require_safe
def everyone(request: HttpRequest) -> HttpResponse:
    """All conversations that go on now; the page refetches itself when one changes hands or state."""
    now = clock.now()
    there = sorted(hands(now), key=lambda hand: str(hand.user))
    rows = list(find.open_now()[: find.FEW])
    shown = sorted((Row.of(one, now) for one in rows), key=Row.urgency)[:200]
    template = "chat/_everyone.html" if is_partial(request) else "chat/everyone.html"
    told = recent_error()
    error = {"count": told[0], "minutes": round(told[1] / 60, 1), "days": ERROR_DAYS} if told else None
    context = {"rows": shown, "count": len(rows), "most": find.FEW, "error": error, "hands": there}
    return render(request, template, context)
