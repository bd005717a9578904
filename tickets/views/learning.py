"""How well the suggestions do: agreement by month, the kept corrections, the model in use, training it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.asked import page_of
from helpdesk.core.models import User
from helpdesk.core.permissions import is_administrator, is_analyst, is_supervisor, requires
from tickets import learning
from tickets.actions import train_model
from tickets.actions.learn import can_train
from tickets.models import TrainedModel
from tickets.views.present import LABELS
from tickets.views.suggested import NAMES

PER_PAGE = 20


@requires(is_supervisor | is_analyst | is_administrator)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    corrections = learning.corrections().select_related("ticket", "by").order_by("-pk")
    shown = page_of(request, corrections, PER_PAGE)
    rows = [
        {
            "row": row,
            "field": NAMES[row.field],
            "suggested": LABELS[row.field].get(row.suggested, row.suggested),
            "chosen": LABELS[row.field].get(row.chosen, row.chosen),
            "percent": round(100 * row.confidence),
        }
        for row in shown
    ]
    context = {
        "trained": TrainedModel.objects.defer("weights").first(),
        "version": learning.version_in_use(),
        "agreement": list(_by_month()),
        "fields": [*NAMES.values(), _("警示")],
        "page": shown,
        "rows": rows,
        "can_train": can_train(cast(User, signed_in(request))),
        "can_open": is_supervisor(cast(User, signed_in(request))),
    }
    return render(request, "tickets/desk/learning.html", context)


def _by_month() -> Iterator[dict[str, Any]]:
    """A month a row, a field a column; None where nothing was judged."""
    for month, rows in groupby(learning.agreement(), key=lambda row: row.month):
        found = {row.field: row for row in rows}
        cells = [(name, found.get(field)) for field, name in (NAMES | {"flags": _("警示")}).items()]
        yield {"month": month, "cells": cells}


@requires(can_train)
@require_POST
def train(request: HttpRequest) -> HttpResponse:
    """Train now. The button says that it works until the answer comes, in seconds."""
    made = train_model(actor=cast(User, signed_in(request)))
    messages.success(request, _("已重新训练，现在的版本是 {version}。").format(version=made.version))
    return redirect("tickets:learning")
