import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from faq.models import SearchLog
from faq.tasks import forget_searches
from helpdesk.core import clock
from helpdesk.core.jobs import JOBS

pytestmark = pytest.mark.django_db


def old_search(days):
    at = clock.now() - dt.timedelta(days=days)
    return SearchLog.objects.create(
        at=at, on=clock.local_date(at), first_at=at, query="还款", language="zh-hans", results=0
    )


def test_forget_searches_is_scheduled_daily_and_keeps_what_is_young(settings):
    settings.SEARCH_LOG_DAYS = 10
    assert JOBS["faq.tasks.forget_searches"].minutes == 24 * 60
    young, _old = old_search(10), old_search(11)
    assert (forget_searches(), forget_searches()) == (1, 0)
    assert list(SearchLog.objects.all()) == [young]


def test_the_command_only_counts_in_a_dry_run(settings):
    settings.SEARCH_LOG_DAYS = 10
    old_search(11)
    for options, said, left in [
        (["--dry-run"], "1 searches older than 10 days would be deleted.", 1),
        ([], "1 searches older than 10 days were deleted.", 0),
    ]:
        out = StringIO()
        call_command("forget_searches", *options, stdout=out)
        assert (out.getvalue().strip(), SearchLog.objects.count()) == (said, left)
