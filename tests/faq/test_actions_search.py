"""What the search log learns of a visitor, and what it never learns."""

import datetime as dt
import uuid

import pytest

from faq.actions import forget_searches, log_search, note_contact, open_from_search, vote_article
from faq.models import SearchLog
from faq.queries import Hit, words_searched_by
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry, User
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
ME, YOU = uuid.UUID(int=1), uuid.UUID(int=2)
NOON = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)


def search(query="还款", *, after=0, visitor=ME, articles=(), **fields):
    """A search ``after`` so many minutes past noon."""
    hits = [Hit(article, 0.7, article.question, "words") for article in articles]
    with clock.at(NOON + dt.timedelta(minutes=after)):
        return log_search(
            actor=Guest(), query=query, language="zh-hans", hits=hits, visitor=visitor, **fields
        )


def opened(log, article, *, after):
    with clock.at(NOON + dt.timedelta(minutes=after)):
        return open_from_search(log, actor=Guest(), article=article)


def test_log_search_keeps_no_personal_data_and_is_short():
    article = make_article()
    log = search("我13812345678要还款" + "啊" * 300, articles=[article])
    log.refresh_from_db()
    assert log.query == ("我***要还款" + "啊" * 300)[:200]
    assert (log.results, log.top, log.topic, log.confidence) == (1, article, "repayment", 0.7)
    assert (log.shown, log.on, log.clicked, log.suggested) == (
        [article.pk],
        dt.date(2026, 11, 25),
        None,
        False,
    )
    assert AuditEntry.objects.count() == 0


def test_a_run_of_searches_has_one_beginning_until_half_an_hour_of_silence():
    times = [search(after=minutes).first_at for minutes in (0, 20, 45, 76)]
    assert times == [NOON, NOON, NOON, NOON + dt.timedelta(minutes=76)]
    assert search(after=1, visitor=YOU).first_at == NOON + dt.timedelta(minutes=1)
    assert search(after=2, visitor=None).first_at == NOON + dt.timedelta(minutes=2)


def test_open_from_search_keeps_the_first_article_its_place_and_the_time_it_took():
    first, second = make_article(), make_article("other", "怎么投诉？", ())
    search(after=0)
    log = search(after=2, articles=[second, first])
    opened(log, first, after=3)
    with pytest.raises(ActionForbidden):
        opened(log, second, after=4)
    log.refresh_from_db()
    assert (log.clicked, log.position, log.opened_after) == (first, 2, 180)


def test_an_article_that_was_not_among_those_shown_has_no_place():
    article = make_article()
    assert opened(search(), article, after=1).position is None


def test_a_vote_is_told_to_the_search_that_opened_the_article():
    article = make_article()
    log = opened(search(articles=[article]), article, after=1)
    for visitor, helpful, expected in [
        (YOU, False, (None, None)),
        (ME, True, (True, 300)),
        (ME, False, (False, None)),
    ]:
        with clock.at(NOON + dt.timedelta(minutes=5)):
            vote_article(article, actor=Guest(), voter=visitor, helpful=helpful)
        log.refresh_from_db()
        assert (log.helpful, log.helped_after) == expected


def test_a_contact_belongs_to_the_searches_of_the_day_before_it():
    logs = {
        after: search(after=after, visitor=visitor)
        for after, visitor in [(0, ME), (2, ME), (1439, YOU), (1440, ME)]
    }
    at = NOON + dt.timedelta(minutes=1441)
    with clock.at(at):
        assert note_contact(logs[1440], actor=Guest()) == 2
        assert note_contact(logs[1440], actor=Guest()) == 0
    found = {log.pk: log.contacted_at for log in SearchLog.objects.all()}
    assert [found[logs[after].pk] for after in (0, 2, 1439, 1440)] == [None, at, None, at]


def test_words_searched_by_are_the_latest_different_ones_of_this_visitor():
    for minute, query in enumerate(["a", "b", "a", "c", "d", "e", "f"]):
        search(query, after=minute)
    search("secret", after=8, visitor=YOU)
    with clock.at(NOON + dt.timedelta(minutes=9)):
        assert words_searched_by(ME) == ["f", "e", "d", "c", "a"]
        assert words_searched_by(None) == []


def test_forget_searches_deletes_what_is_too_old_and_says_so(settings):
    settings.SEARCH_LOG_DAYS = 30
    kept, old = search(), search()
    SearchLog.objects.filter(pk=kept.pk).update(on=dt.date(2026, 10, 26))
    SearchLog.objects.filter(pk=old.pk).update(on=dt.date(2026, 10, 25))
    actor = User.system("search-log")
    with clock.at(NOON):
        assert forget_searches(actor=actor, dry_run=True) == 1
        assert SearchLog.objects.count() == 2
        assert forget_searches(actor=actor) == 1
        assert forget_searches(actor=actor) == 0
    assert list(SearchLog.objects.values_list("pk", flat=True)) == [kept.pk]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.data) == ("searches.forgotten", {"rows": 1, "before": "2026-10-26"})
