"""Tables that leave the desk, put on record."""

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.models import User
from quality.models import Export
from quality.permissions import reads_improvements, reads_quality


@creation("feedback.exported", allowed=reads_quality)
def export_feedback(*, actor: User, table: str, filters: dict[str, str], rows: int) -> Export:
    """Put on record that this table leaves the desk; the file itself is not kept."""
    return Export.objects.create(table=table, filters=filters, rows=rows, made_by=actor, made_at=clock.now())


@creation("searches.exported", allowed=reads_quality)
def export_searches_table(*, actor: User, table: str, filters: dict[str, str], rows: int) -> Export:
    """The same for the tables of the searches page."""
    return Export.objects.create(table=table, filters=filters, rows=rows, made_by=actor, made_at=clock.now())


@creation("improvements.exported", allowed=reads_improvements)
def export_improvements(*, actor: User, filters: dict[str, str], rows: int) -> Export:
    """The same for the list of improvements."""
    return Export.objects.create(
        table=Export.Table.IMPROVEMENTS, filters=filters, rows=rows, made_by=actor, made_at=clock.now()
    )


@creation("reviews.exported", allowed=reads_quality)
def export_reviews(*, actor: User, filters: dict[str, str], rows: int) -> Export:
    """The same for the results of reviews."""
    return Export.objects.create(
        table=Export.Table.REVIEWS, filters=filters, rows=rows, made_by=actor, made_at=clock.now()
    )
