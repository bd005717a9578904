"""A desk of any size, written by the database itself: cases, ten lines of timeline each, their search rows.

Narratives are made of phrases whose frequency falls off steeply, so that a search has common, middling
and rare words to look for; one case in twenty is open, as on a desk that has run for years.
"""

import datetime as dt
import random

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from helpdesk.core import clock
from helpdesk.core.fields import EncryptedTextField
from helpdesk.core.models import Role, Team, User
from tickets import actions, search
from tickets.models import Entry, Kind, NumberSeries, Severity, Ticket
from tickets.states import ENDED, OPEN

WHO = ["我", "我母亲", "同事", "我爱人", "朋友", "邻居", "表弟", "客户"]
WHAT = [
    "还款",
    "提前还款",
    "自动扣款",
    "分期",
    "利息",
    "违约金",
    "征信记录",
    "催收电话",
    "额度",
    "放款",
    "退款",
    "合同",
]
HOW = ["被重复收取", "没有到账", "迟迟不处理", "和说好的不一样", "多次出错", "没人答复", "查不到", "被拒绝"]
RARE = ["螺蛳粉", "拖拉机", "水族箱", "滑翔伞", "天文台", "竹编筐", "留声机", "渡轮票"]
EVENTS = 10  # lines of timeline a case


def phrases() -> list[str]:
    """Common ones first."""
    found = [f"{who}的{what}{how}" for how in HOW for what in WHAT for who in WHO]
    return found + [f"提到了{word}" for word in RARE]


def people() -> None:
    """Forty agents in eight teams, with a supervisor."""
    teams = [Team.objects.create(name=f"{n} 组") for n in range(8)]
    password = make_password(None)
    made = [
        User(username=f"agent{n}", name=f"客服{n}", role=Role.AGENT, team=teams[n % 8], password=password)
        for n in range(40)
    ]
    made.append(User(username="chief", name="主管", role=Role.SUPERVISOR, password=password))
    User.objects.bulk_create(made)


def fill(cases: int) -> None:
    """Write so many cases, in one transaction, and let the database look at what it has."""
    people()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _fill_postgresql(cursor, cases)
        else:
            _fill_sqlite(cases)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def one_by_hand() -> Ticket:
    """A case that went through the real actions, with ten notes: its page is measured."""
    chief = User.objects.get(username="chief")
    NumberSeries.objects.update_or_create(year=clock.today().year, defaults={"last": 9_000_000})
    ticket = actions.file_ticket(
        actor=chief,
        kind="complaint",
        channel="phone",
        topic="repayment",
        complainant="甲客户",
        contact="13800000000",
        narrative="同一期被扣了两次。",
        request="请退回。",
    )
    for n in range(EVENTS):
        actions.note_ticket(ticket, actor=chief, text=f"第 {n} 条备注")
    return ticket


def _secret(text: str) -> str:
    return str(EncryptedTextField().get_prep_value(text))


COLUMNS = (
    "number, kind, state, channel, topic, complainant, contact, tracking_hash, narrative, request, business,"
    " cause, severity, product, team_id, assignee_id, received_at, due_on, due_rule, due_undetermined,"
    " updated_at, language"
)


def _fill_postgresql(cursor, cases: int) -> None:
    cursor.execute("CREATE TEMP TABLE phrase (n int PRIMARY KEY, text text, tokens tsvector) ON COMMIT DROP")
    rows = [(n, text, search.document([text])) for n, text in enumerate(phrases())]
    cursor.executemany("INSERT INTO phrase VALUES (%s, %s, %s::tsvector)", rows)
    agents = list(User.objects.filter(role=Role.AGENT).values_list("pk", "team_id"))
    shape = {
        "kinds": list(Kind.values),
        "open": [str(state.value) for state in OPEN],
        "ended": [str(state.value) for state in ENDED],
        "severities": list(Severity.values),
        "agents": [pk for pk, _team in agents],
        "teams": [team for _pk, team in agents],
        "name": _secret("甲客户"),
        "contact": _secret("13800000000"),
        "cases": cases,
        "phrases": len(rows),
        "now": dt.datetime.now(dt.UTC),
        "zone": settings.TIME_ZONE,
    }
    cursor.execute("SELECT setseed(0.5)")
    cursor.execute(
        """
        CREATE TEMP TABLE made ON COMMIT DROP AS SELECT
            n, random() AS a, random() AS b, random() AS c, random() < 0.05 AS is_open,
            1 + floor(random() * 40)::int AS agent,
            floor(power(random(), 3) * %(phrases)s)::int AS first,
            floor(power(random(), 3) * %(phrases)s)::int AS second,
            %(now)s::timestamptz - (1 - n::float / %(cases)s) * interval '3 years' AS received
        FROM generate_series(1, %(cases)s) AS n
        """,
        shape,
    )
    cursor.execute(
        f"""
        INSERT INTO tickets_ticket ({COLUMNS})
        SELECT 'C-2026-' || lpad(made.n::text, 7, '0'), (%(kinds)s::text[])[1 + floor(a * 7)::int],
            CASE WHEN is_open THEN (%(open)s::text[])[1 + floor(b * 5)::int]
                ELSE (%(ended)s::text[])[1 + floor(b * 3)::int] END,
            'web', 'repayment', %(name)s, %(contact)s, md5(made.n::text) || md5(made.n::text),
            p.text || '，' || q.text || '。' || made.n || ' 元', '请处理', 'repayment', 'fees',
            (%(severities)s::text[])[1 + floor(c * c * 3)::int], '',
            (%(teams)s::bigint[])[agent], (%(agents)s::bigint[])[agent],
            received, (received + interval '15 days')::date,
            'cn_nfra_2020_3@1:decision_simple', false, received, 'zh-hans'
        FROM made JOIN phrase p ON p.n = made.first JOIN phrase q ON q.n = made.second ORDER BY made.n
        """,  # noqa: S608  # only names of ours
        shape,
    )
    cursor.execute(
        """
        INSERT INTO tickets_searchrow (rowid, tokens)
        SELECT t.id, p.tokens || q.tokens
            || array_to_tsvector(ARRAY['w' || made.n, 'w' || lpad(made.n::text, 7, '0')])
        FROM made JOIN phrase p ON p.n = made.first JOIN phrase q ON q.n = made.second
        JOIN tickets_ticket t ON t.number = 'C-2026-' || lpad(made.n::text, 7, '0') ORDER BY t.id
        """
    )
    cursor.execute(
        """
        INSERT INTO tickets_entry (ticket_id, kind, public, verb, text, data, at)
        SELECT t.id, 'step', true, 'ticket.noted', '', '{}', t.received_at
        FROM tickets_ticket t CROSS JOIN generate_series(1, %s) ORDER BY t.id
        """,
        [EVENTS],
    )


def _fill_sqlite(cases: int) -> None:
    chance = random.Random(5)
    texts = phrases()
    tokens = [set(search.document([text]).split()) for text in texts]
    agents = list(User.objects.filter(role=Role.AGENT))
    name, contact = "甲客户", "13800000000"
    now = dt.datetime.now(dt.UTC)
    for start in range(0, cases, 5_000):
        made, rows, entries = [], [], []
        for n in range(start + 1, min(start + 5_000, cases) + 1):
            first, second = (int(chance.random() ** 3 * len(texts)) for _ in range(2))
            agent = chance.choice(agents)
            received = now - dt.timedelta(days=3 * 365) * (1 - n / cases)
            ticket = Ticket(
                pk=n,
                number=f"C-2026-{n:07d}",
                kind=chance.choice(Kind.values),
                state=chance.choice(OPEN if chance.random() < 0.05 else ENDED),
                channel="web",
                topic="repayment",
                complainant=name,
                contact=contact,
                tracking_hash=f"{n:064d}",
                narrative=f"{texts[first]}，{texts[second]}。{n} 元",
                request="请处理",
                business="repayment",
                cause="fees",
                severity=chance.choice(Severity.values),
                team_id=agent.team_id,
                assignee=agent,
                received_at=received,
                due_on=(received + dt.timedelta(days=15)).date(),
                due_rule="cn_nfra_2020_3@1:decision_simple",
            )
            made.append(ticket)
            found = tokens[first] | tokens[second] | {f"w{n}", f"w{n:07d}"}
            rows.append(search.SearchRow(ticket_id=n, tokens=" ".join(sorted(found))))
            entries += [
                Entry(ticket_id=n, kind="step", public=True, verb="ticket.noted", at=received)
                for _ in range(EVENTS)
            ]
        Ticket.objects.bulk_create(made)
        search.SearchRow.objects.bulk_create(rows)
        Entry.objects.bulk_create(entries)
