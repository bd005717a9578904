"""The alerts of the reader: what happened in cases that somebody must look at."""

import datetime as dt
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core.asked import is_partial
from helpdesk.core.permissions import requires
from tickets import redflags
from tickets.actions.alerts import read_alerts, restore_alerts
from tickets.alerts import COUNTED, PAGE, alerts_visible_to, open_years, unread_count
from tickets.models import Alert
from tickets.permissions import hears
from tickets.views.desk import staff_of

LARGEST = 2**63 - 1


@requires(hears)
@never_cache
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """Unread ones, or all; ``?before=<id>`` goes on from the last one of a page."""
    user = staff_of(request)
    show_all = request.GET.get("show") == "all"
    found = alerts_visible_to(user) if show_all else alerts_visible_to(user).filter(read_at=None)
    if before := _number(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [(row, _said(row)) for row in rows[:PAGE]],
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "newest": rows[0].pk if rows else 0,
        "show_all": show_all,
        "before": before,
        "unread": unread_count(user),
        "counted": COUNTED,
        "years": open_years(),
    }
    template = "tickets/desk/_alerts.html" if is_partial(request) else "tickets/desk/alerts.html"
    return render(request, template, context)


def _said(row: Alert) -> str:  # noqa: PLR0911  # one line a kind
    """What happened, in the reader's language."""
    if row.kind == Alert.Kind.RED_FLAG:
        codes = filter(None, row.detail.split(","))
        return _("、").join(str(redflags.NAMES.get(code, code)) for code in codes)
    if row.kind == Alert.Kind.CONFLICT and row.detail:
        words = _("客户后来的话提到了%(name)s。如果投诉的是此人，请登记为涉及的人。")
        return words % {"name": row.detail}
    if row.kind == Alert.Kind.CONFLICT:
        return _("处理人员有利益冲突，请改派给别人。")
    if row.kind == Alert.Kind.MESSAGE:
        return _("客户写了新的话，或交了新的材料。")
    if row.kind == Alert.Kind.DELIVERY and row.detail == Alert.UNAPPROVED:
        return _("决定书没有发出，邮件已取消：要另一位主管审批。批准之后请重新提交决定。")
    if row.kind == Alert.Kind.DELIVERY and row.detail == Alert.UNTOLD:
        return _(
            "延长或暂停的通知没有及时送到客户，期限照实际告知的日子重新计算。请看时限页，并另行告知客户。"
        )
    if row.kind == Alert.Kind.REVIEW:
        return _("这件工单的核查已作出决定。")
    if row.kind == Alert.Kind.DELIVERY or row.escalation is None:
        return _("邮件未能送达，请换一种方式送达。")
    said = {
        "clock": row.escalation.clock.name,
        "step": row.escalation.get_step_display(),
        "day": row.escalation.for_day,
    }
    if row.escalation.step == row.escalation.Step.UNDETERMINED:
        return _("%(clock)s：%(step)s，不早于 %(day)s") % said
    return _("%(clock)s：%(step)s，截止日 %(day)s") % said


def _number(text: str) -> int:
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 20 else 0


@requires(hears)
@never_cache
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """The number beside the entry of the navigation; nothing when there is none."""
    number = unread_count(staff_of(request))
    return render(request, "tickets/desk/_unread.html", {"number": number, "counted": COUNTED})


@requires(hears)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """One, or all up to the newest on the page: what came meanwhile stays unread."""
    user = staff_of(request)
    only, upto = _number(request.POST.get("only", "")), _number(request.POST.get("upto", ""))
    at = read_alerts(user, actor=user, upto=upto, only=only or None)
    if at is None:
        messages.info(request, _("没有未读的提醒。"))
    else:
        undo = f"{reverse('tickets:restore_alerts')}?{urlencode({'at': at.isoformat()})}"
        messages.success(request, _("已标为已读。"), extra_tags=undo)
    return redirect("tickets:alerts")


@requires(hears)
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    user = staff_of(request)
    at = _instant(request.GET.get("at", ""))
    number = restore_alerts(user, actor=user, read_at=at) if at else 0
    said = ngettext("%(number)d 条提醒又是未读。", "%(number)d 条提醒又是未读。", number)
    messages.info(request, said % {"number": number})
    return redirect("tickets:alerts")


def _instant(text: str) -> dt.datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None
