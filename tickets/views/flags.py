"""The answer to a red flag: one press on confirm or dismiss."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires, works_cases
from tickets.actions import review_flag
from tickets.models import RedFlag
from tickets.views.desk import case_or_404, case_page, staff_of

VERDICTS = {
    "confirm": (RedFlag.State.CONFIRMED, pgettext_lazy("red flag", "已确认。")),
    "dismiss": (RedFlag.State.DISMISSED, pgettext_lazy("red flag", "已排除。")),
}


@requires(works_cases)
@require_POST
def review(request: HttpRequest, number: str, code: str) -> HttpResponse:
    case = case_or_404(request, number)
    state, done = VERDICTS.get(request.POST.get("verdict", ""), ("", ""))
    try:
        review_flag(case, actor=staff_of(request), flag=code, verdict=str(state))
    except ActionError as problem:
        return case_page(request, case_or_404(request, number), status=409, problem=problem)
    messages.success(request, str(done))
    return redirect(f"{case.get_absolute_url()}#suggestion")
