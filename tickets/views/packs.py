"""Rule packs for administrators: what they say, where that is from, and a further version of one."""

import difflib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core import clock
from helpdesk.core.asked import number_in
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import is_administrator, requires
from tickets import deadlines
from tickets.actions.packs import version_pack
from tickets.deadlines.packs import packs_visible_to
from tickets.deadlines.preview import preview
from tickets.forms.packs import PackForm
from tickets.models import RulePack
from tickets.views.desk import staff_of


@requires(is_administrator)
@require_safe
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack with the version in force and those to come."""
    versions: dict[str, list[deadlines.Pack]] = {}
    for row in packs_visible_to(staff_of(request)):
        versions.setdefault(row.code, []).append(deadlines.parse(row.text, row.version))
    today = clock.today()
    ordered = sorted(versions.values(), key=lambda known: (not known[-1].kinds, known[-1].code))
    rows = [{"newest": known[-1], "count": len(known), "now": _now(known)} for known in ordered]
    return render(request, "tickets/packs/packs.html", {"rows": rows, "today": today})


def _now(known: list[deadlines.Pack]) -> deadlines.Pack | None:
    """Of the versions of one pack the one in force today."""
    return next(iter(deadlines.in_force(known, clock.today())), None)


def _rows(request: HttpRequest, code: str) -> list[RulePack]:
    rows = list(packs_visible_to(staff_of(request)).filter(code=code).select_related("by"))
    if not rows:
        raise Http404
    return rows


@requires(is_administrator)
@require_safe
def pack(request: HttpRequest, code: str) -> HttpResponse:
    """One version, the newest unless the address says which, and the list of all of them."""
    rows = _rows(request, code)
    wanted = request.GET.get("version", "")
    row = next((row for row in rows if str(row.version) == wanted), None if wanted else rows[-1])
    if row is None:
        raise Http404
    known = [deadlines.parse(row.text, row.version) for row in rows]
    context = {
        "row": row,
        "pack": deadlines.parse(row.text, row.version),
        "rows": rows[::-1],
        "now": _now(known),
        "is_newest": row == rows[-1],
    }
    return render(request, "tickets/packs/pack.html", context)


@requires(is_administrator)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: HttpRequest, code: str) -> HttpResponse:
    """Copy, change, look at what it would do, then save. ``?from=`` begins with an older version."""
    rows = _rows(request, code)
    if request.method != "POST":
        start = rows[-1]
        if "from" in request.GET:
            start = get_object_or_404(RulePack, code=code, version=number_in(request.GET["from"]))
        form = PackForm(pack=code, initial={"text": start.text, "after": rows[-1].version})
        return render(request, "tickets/packs/new.html", {"form": form, "row": rows[-1]})
    form = PackForm(request.POST, pack=code)
    context: dict[str, Any] = {"form": form, "row": rows[-1]}
    if not form.is_valid() or form.read is None:
        return render(request, "tickets/packs/new.html", context, status=400)
    if "save" in request.POST:
        try:
            made = version_pack(actor=staff_of(request), pack=code, **form.cleaned_data)
        except ActionError as refused:
            again = request.POST.copy()  # the next try answers what is the newest now
            again["after"] = str(_rows(request, code)[-1].version)
            context["form"] = PackForm(again, pack=code)
            context["form"].add_error(None, refused.message)
            return render(request, "tickets/packs/new.html", context, status=409)
        messages.success(request, _("已保存第 %(version)d 版。") % {"version": made.version})
        return redirect("tickets:pack", code)
    old = deadlines.parse(rows[-1].text, rows[-1].version)
    context |= {"preview": preview(form.read, old), "new": form.read}
    context["lines"] = _changed(rows[-1].text, form.cleaned_data["text"])
    return render(request, "tickets/packs/new.html", context)


def _changed(old: str, new: str) -> list[tuple[str, str]]:
    """The lines that differ: ("+" or "-", the line)."""
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [(line[0], line[1:]) for line in list(found)[2:] if line[0] in "+-"]
