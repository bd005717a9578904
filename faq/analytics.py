"""What the search log says: what is asked, what is opened, and who asks a person all the same.

Every number is defined in docs/analytics.md. A fixed number of queries, whatever the period.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet, Sum
from rapidfuzz import fuzz, process

from faq.live import live_index
from faq.models import Article, SearchLog
from faq.permissions import reads_searches
from faq.queries import CONTACT
from faq.search.confidence import THRESHOLD
from faq.search.normalise import normalise
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.small import FEWEST

NO_TOPIC = "none"  # searches that found nothing belong to no topic
TEXTS = 600  # different unanswered texts that are compared, the most frequent
ALIKE = 72  # rapidfuzz ratio of their sorted characters from which two texts count as one question
FILLING = re.compile("[可以能吗么怎的了不我要想有没请问如何呢啊办在哪里多少是个会]")  # carries no topic
NEAR = 0.2  # less sure than this, no article is near
Days = tuple[dt.date, dt.date]  # both included


@dataclass
class Counts:
    """Searches of some topic in some time, and what came of them."""

    searches: int = 0
    nothing: int = 0  # no article was likely enough to be shown
    unsure: int = 0  # articles were shown, none as the answer
    opened: int = 0
    placed: int = 0  # of the opened, those whose place in the list is known
    places: int = 0
    settled: int = 0  # old enough that a contact would have come by now
    contacted: int = 0  # of the settled

    def __iadd__(self, other: "Counts") -> "Counts":
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def few(self) -> bool:
        return self.searches < FEWEST

    @property
    def nothing_share(self) -> float | None:
        return self.nothing / self.searches if self.searches else None

    @property
    def click_through(self) -> float | None:
        return self.opened / self.searches if self.searches else None

    @property
    def position(self) -> float | None:
        return self.places / self.placed if self.placed else None

    @property
    def deflected(self) -> int:
        return self.settled - self.contacted

    @property
    def deflection(self) -> float | None:
        return self.deflected / self.settled if self.settled else None


@dataclass(frozen=True)
class Times:
    """Whole seconds from the first search of a run."""

    count: int
    median: int | None
    ninth: int | None  # nine in ten took no longer


@dataclass(frozen=True)
class Outcome:
    """What became of the searches that opened one article."""

    article: Article
    shown_first: int
    opened: int
    unhelpful: int
    contacted: int
    failed: int  # not helpful, or followed by a contact, or both


@dataclass
class Unanswered:
    """One question that several people asked in vain, in words that enough of them used."""

    text: str
    searches: int = 0
    nothing: int = 0
    others: list[str] = field(default_factory=list)  # the same question, spelt otherwise
    rare: int = 0  # further spellings, each of too few people to be shown
    people: int = 0
    nearest: Article | None = None


@dataclass(frozen=True)
class AnswersToWrite:
    """``hidden`` searches are not shown: too few people asked them."""

    groups: list[Unanswered]
    searches: int
    hidden: int


def searches_visible_to(actor: Actor) -> QuerySet[SearchLog]:
    """Those who watch quality read the log; nobody else does."""
    return SearchLog.objects.all() if reads_searches(actor) else SearchLog.objects.none()


def searches_in(log: QuerySet[SearchLog], days: Days, topic: str = "") -> QuerySet[SearchLog]:
    found = log.filter(on__range=days).order_by()
    return found.filter(topic="" if topic == NO_TOPIC else topic) if topic else found


def counts_by_day(log: QuerySet[SearchLog]) -> dict[tuple[dt.date, str], Counts]:
    """By day and topic; the empty topic is that of searches without a result."""
    settled = Q(at__lt=clock.now() - CONTACT)
    rows = log.values_list("on", "topic").annotate(
        Count("pk"),
        nothing=Count("pk", filter=Q(results=0)),
        unsure=Count("pk", filter=Q(results__gt=0, confidence__lt=THRESHOLD)),
        opened=Count("opened_after"),
        placed=Count("position"),
        places=Sum("position", default=0),
        settled=Count("pk", filter=settled),
        contacted=Count("pk", filter=settled & Q(contacted_at__isnull=False)),
    )
    return {(day, topic): Counts(*numbers) for day, topic, *numbers in rows}


def times_to(log: QuerySet[SearchLog], what: str) -> Times:
    """To ``opened_after`` or ``helped_after``, exactly: every second with its number of searches."""
    counted = list(log.exclude(**{what: None}).values_list(what).annotate(Count("pk")).order_by(what))
    total = sum(number for _, number in counted)
    return Times(total, _quantile(counted, total * 0.5), _quantile(counted, total * 0.9))


def _quantile(counted: list[tuple[int, int]], rank: float) -> int | None:
    seen = 0
    for seconds, number in counted:
        seen += number
        if seen >= rank:
            return seconds
    return None


def outcomes(log: QuerySet[SearchLog]) -> list[Outcome]:
    """Of every published article that was opened from a search."""
    unhelpful, contacted = Q(helpful=False), Q(contacted_at__isnull=False)
    rows = (
        log.exclude(clicked=None)
        .values_list("clicked")
        .annotate(
            Count("pk"),
            unhelpful=Count("pk", filter=unhelpful),
            contacted=Count("pk", filter=contacted),
            failed=Count("pk", filter=unhelpful | contacted),
        )
    )
    opened = {key: numbers for key, *numbers in rows}
    first: dict[int, int] = dict(log.exclude(top=None).values_list("top").annotate(Count("pk")))
    articles = Article.objects.published().in_bulk(list(opened))
    return [Outcome(article, first.get(key, 0), *opened[key]) for key, article in articles.items()]


def answers_to_write(log: QuerySet[SearchLog], most: int) -> AnswersToWrite:
    """Searches that were not answered, alike ones together, the most frequent first.

    Not answered: nothing was found, or nothing was opened although no answer was clear or a contact followed.
    """
    unopened = Q(opened_after=None) & (Q(confidence__lt=THRESHOLD) | Q(contacted_at__isnull=False))
    failed = log.filter(Q(results=0) | unopened)
    total = failed.count()
    rows = (
        failed.values_list("query")
        .annotate(number=Count("pk"), nothing=Count("pk", filter=Q(results=0)))
        .order_by("-number", "query")[:TEXTS]
    )
    groups = alike_together(list(rows))[: 3 * most]
    asked = _people(failed, groups)
    shown = [group for group in groups if told_by_enough(group, asked)][:most]
    _find_nearest(shown)
    return AnswersToWrite(shown, total, total - sum(group.searches for group in shown))


def alike_together(rows: list[tuple[str, int, int]]) -> list[Unanswered]:
    """Texts with their numbers of searches and of searches without a result, the most frequent first.

    Each text joins the most frequent one that it is like; that one speaks for the group.
    """
    spelled = [_core(text) for text, _, _ in rows]
    alike = process.cdist(spelled, spelled, scorer=fuzz.ratio, score_cutoff=ALIKE)
    leaders: dict[int, Unanswered] = {}
    for place, (text, number, nothing) in enumerate(rows):
        leader = next((other for other in leaders if alike[place][other]), None)
        group = leaders.setdefault(place, Unanswered(text)) if leader is None else leaders[leader]
        group.searches += number
        group.nothing += nothing
        if leader is not None:
            group.others.append(text)
    return sorted(leaders.values(), key=lambda group: -group.searches)


def told_by_enough(group: Unanswered, asked: Mapping[str, Collection[object]]) -> bool:
    """Whether enough people asked; then the group keeps only the words that enough of them used.

    A spelling that one or two people used is theirs, however many asked the same otherwise.
    """
    texts = [group.text, *group.others]
    group.people = len({who for text in texts for who in asked.get(text, ())})
    common = [text for text in texts if len(set(asked.get(text, ()))) >= FEWEST]
    if not common:
        return False
    group.text, *group.others = common
    group.rare = len(texts) - len(common)
    return True


def _core(text: str) -> str:
    """The characters that carry the question, in one order: 账单日能改吗 and 怎么改账单日 are alike."""
    text = normalise(text)
    return "".join(sorted(FILLING.sub("", text) or text))


def _people(failed: QuerySet[SearchLog], groups: list[Unanswered]) -> dict[str, set[object]]:
    """Who asked each text; the same person with two spellings is one."""
    texts = [text for group in groups for text in (group.text, *group.others)]
    asked: dict[str, set[object]] = defaultdict(set)
    pairs = failed.filter(query__in=texts).exclude(visitor=None).values_list("query", "visitor").distinct()
    for text, visitor in pairs:
        asked[text].add(visitor)
    return asked


def _find_nearest(groups: list[Unanswered]) -> None:
    near, _sure = nearest([group.text for group in groups])
    for group in groups:
        group.nearest = near.get(group.text)


def nearest(texts: Iterable[str]) -> tuple[dict[str, Article], set[str]]:
    """For each text the article that an editor would look at first: it may only lack this way of asking.

    And the texts that this article answers surely, as the search sees it now.
    """
    index = live_index.get()
    found = {text: match for text in texts for match in index.search(text, 1) if match.confidence >= NEAR}
    articles = Article.objects.published().in_bulk([match.entry_id for match in found.values()])
    near = {text: articles[match.entry_id] for text, match in found.items() if match.entry_id in articles}
    return near, {text for text in near if found[text].confidence >= THRESHOLD}
