"""A form about a case: the mark by which the same posting, sent twice, is done once.

Every form that a page shows has a mark of its own (``{% once %}``). The mark with what was typed is the key:
the same words sent again (Back, a second click) are answered as the first time, other words are another act.
"""

import hashlib
import json
from typing import Any

from django.http import HttpRequest

MARK = "once"


def posting_key(request: HttpRequest) -> str:
    """What was sent by whom to where, to the letter; "" for a form without a mark."""
    if not request.POST.get(MARK):
        return ""
    typed = sorted(row for row in request.POST.lists() if row[0] != "csrfmiddlewaretoken")
    files = sorted((name, _digest(file)) for name, found in request.FILES.lists() for file in found)
    told = [request.path, request.user.pk, typed, files]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _digest(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
