"""Tables that leave the desk, put on record with the reason; the files themselves are not kept."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from quality.models import Export
from quality.permissions import reads_improvements, reads_quality


@creation("feedback.exported", allowed=reads_quality)
def export_feedback(*, actor: User, table: str, filters: dict[str, str], rows: int, reason: str) -> Export:
    """A table of the trends page."""
    return _record(actor, table, filters, rows, reason)


@creation("searches.exported", allowed=reads_quality)
def export_searches_table(
    *, actor: User, table: str, filters: dict[str, str], rows: int, reason: str
) -> Export:
    """A table of the searches page."""
    return _record(actor, table, filters, rows, reason)


@creation("improvements.exported", allowed=reads_improvements)
def export_improvements(*, actor: User, filters: dict[str, str], rows: int, reason: str) -> Export:
    """The list of improvements."""
    return _record(actor, Export.Table.IMPROVEMENTS, filters, rows, reason)


@creation("reviews.exported", allowed=reads_quality)
def export_reviews(*, actor: User, filters: dict[str, str], rows: int, reason: str) -> Export:
    """The results of reviews."""
    return _record(actor, Export.Table.REVIEWS, filters, rows, reason)


def _record(actor: User, table: str, filters: dict[str, str], rows: int, reason: str) -> Export:
    if not reason.strip():
        raise ActionError(_("请写明导出原因。"))
    return Export.objects.create(
        table=table, filters=filters, rows=rows, reason=reason, made_by=actor, made_at=clock.now()
    )
