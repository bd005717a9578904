"""Evidence leaves only through here: to people who may see it, as an attachment that cannot run."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.permissions import is_staff, public
from helpdesk.core.uploads import as_download
from tickets.queries import evidence_of, tickets_visible_to
from tickets.views.public import find_case


@public
@require_safe
def evidence(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """One file of one case; customers get the public ones, strangers the same 404 as for no file."""
    return _file(request, number, pk, inline=False)


@public
@require_safe
def preview(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """The same, to look at in place: a picture, a text or a PDF, each as what was checked on upload."""
    return _file(request, number, pk, inline=True)


def _file(request: HttpRequest, number: str, pk: int, *, inline: bool) -> HttpResponseBase:
    user = signed_in(request)
    found = find_case(request, number)
    case, actor = found or (None, None)
    if user and is_staff(user) and case is None:
        case, actor = tickets_visible_to(user).filter(number=number).first(), user
    file = evidence_of(case, actor).filter(pk=pk).first() if case and actor else None
    if file is None:
        raise Http404
    with file.file.open("rb") as stored:
        return as_download(stored.read(), file.name, file.content_type, inline=inline)
