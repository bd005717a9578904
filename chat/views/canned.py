"""The agents' page of words that they use again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat.actions import add_canned, change_canned, put_back_canned, withdraw_canned
from chat.canned import NAMES, canned_visible_to
from chat.forms import CannedForm
from chat.models import CannedReply
from chat.permissions import may_change_canned
from chat.views.desk import me
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires, works_cases
from helpdesk.core.staffing.actions import READS, on_a_page


def _page(
    request: HttpRequest,
    new: CannedForm,
    refused: tuple[CannedReply, CannedForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list; the reply whose change was refused keeps what was typed."""
    user = me(request)
    rows = []
    for reply in canned_visible_to(user).filter(withdrawn=False):
        changes = may_change_canned(user, reply)
        form = refused[1] if refused and refused[0] == reply else None
        if changes and form is None:
            form = CannedForm(user=user, initial=_initial(reply), auto_id=f"id_%s_{reply.pk}")
        rows.append({"reply": reply, "form": form, "refused": bool(refused and refused[0] == reply)})
    context = {"rows": rows, "new": new, "variables": NAMES.items()}
    return render(request, "chat/canned.html", context, status=status)


def _initial(reply: CannedReply) -> dict[str, Any]:
    return {"team": reply.team_id, "shortcut": reply.shortcut, "language": reply.language, "text": reply.text}


@requires(works_cases)
@require_http_methods(["GET", "HEAD", "POST"])
def canned(request: HttpRequest) -> HttpResponse:
    """All replies that this person can use, and a form for another."""
    user = me(request)
    on_a_page(user, READS)
    if request.method != "POST":
        return _page(request, CannedForm(user=user))
    form = CannedForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        reply = add_canned(actor=user, **form.cleaned_data)
    except ActionError as problem:
        form.add_error("shortcut", problem.message)
        return _page(request, form, status=409)
    messages.success(request, _("已加上“%(reply)s”。") % {"reply": reply})
    return redirect("chat:canned")


@requires(works_cases)
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    user = me(request)
    reply = get_object_or_404(canned_visible_to(user), pk=pk)
    form = CannedForm(request.POST, user=user, auto_id=f"id_%s_{pk}")
    if not form.is_valid():
        return _page(request, CannedForm(user=user), (reply, form), 400)
    try:
        change_canned(reply, actor=user, **form.cleaned_data)
    except ActionError as problem:
        form.add_error("shortcut", problem.message)
        return _page(request, CannedForm(user=user), (reply, form), 409)
    messages.success(request, _("已保存“%(reply)s”。") % {"reply": reply})
    return redirect("chat:canned")


@requires(works_cases)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    reply = withdraw_canned(get_object_or_404(canned_visible_to(me(request)), pk=pk), actor=me(request))
    said = _("已删除“%(reply)s”。") % {"reply": reply}
    messages.success(request, said, extra_tags=reverse("chat:put_back_canned", args=[pk]))
    return redirect("chat:canned")


@requires(works_cases)
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    reply = put_back_canned(get_object_or_404(canned_visible_to(me(request)), pk=pk), actor=me(request))
    messages.success(request, _("“%(reply)s”已恢复。") % {"reply": reply})
    return redirect("chat:canned")
