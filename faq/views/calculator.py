"""The calculator: a page of its own, and the same form inside the articles that lead to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from faq.addresses import ALL, address_of
from faq.forms.calculator import FORMS
from faq.models import Calculator
from helpdesk.core.asked import is_partial
from helpdesk.core.permissions import public


@public
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """The numbers are in the address, so that it can be kept or sent; nothing is stored.

    Inside an article htmx asks for the form with its answer alone.
    """
    name = request.GET.get("kind")
    kind = Calculator(name) if name in Calculator.values else Calculator.SCHEDULE
    form_class = FORMS[kind]
    example = not any(field in request.GET for field in form_class.base_fields)
    form = form_class.example() if example else form_class(request.GET)
    valid = form.is_valid()
    context = {
        "kind": kind,
        "kinds": Calculator,
        "form": form,
        "example": example,
        "result": form.result() if valid else None,
        "answer": f"faq/calculator/_{kind.value}.html",
        "share": request.build_absolute_uri(f"{request.path}?{form.numbers()}") if valid else "",
        "address": address_of(request, request.path, ALL, {"kind": kind.value}),
    }
    page = "_embedded" if is_partial(request) else "page"
    return render(request, f"faq/calculator/{page}.html", context, status=200 if valid else 422)
