"""The dossier: complete, checkable without us, and on record."""

import hashlib
import io
import json
import zipfile

import pytest

from helpdesk.core import pdf
from helpdesk.core.audit.chain import entry_hash
from helpdesk.core.models import AuditEntry
from tests.tickets.factories import last, make_resolvable, make_ticket, text_file
from tests.tickets.test_query_counts import REFERRAL, everything
from tickets import actions
from tickets.models import Ticket
from tickets.views import dossier, dossier_text

pytestmark = pytest.mark.django_db
EVIL = '#read("/etc/passwd") #panic() *x* [y] \\ \u202eabc'


@pytest.fixture
def ticket(cast):
    case = make_ticket(cast, "investigating", narrative=EVIL)
    actions.add_evidence(case, actor=cast.agent, file=text_file("录音文字稿", "../录音 1.txt"))
    actions.note_ticket(case, actor=cast.agent, text="内部情况。")
    return make_resolved(cast, case)


def make_resolved(cast, case: Ticket) -> Ticket:
    make_resolvable(cast, case)
    return actions.resolve_ticket(case, actor=cast.agent)


def exported(client, ticket) -> zipfile.ZipFile:
    response = client.post(f"/tickets/{ticket.number}/dossier/", {"reason": "监管调阅"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == f'attachment; filename="{ticket.number}.zip"'
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_what_is_in_it(client_of, ticket):
    archive = exported(client_of("supervisor"), ticket)
    assert archive.namelist() == [
        "dossier.pdf",
        "dossier.json",
        "files/01-录音 1.txt",
        f"files/02-decision-{ticket.number}.pdf",
        "manifest.sha256",
    ]
    assert archive.read("dossier.pdf").startswith(b"%PDF-")
    for line in archive.read("manifest.sha256").decode().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_the_trail_in_it_can_be_checked_without_us(client_of, ticket):
    facts = json.loads(exported(client_of("administrator"), ticket).read("dossier.json"))
    [trail] = facts["trails"]
    assert (facts["case"], trail["chain"], trail["faults"]) == (
        ticket.number,
        f"tickets.ticket:{ticket.pk}",
        [],
    )
    prev = "0" * 64
    for n, entry in enumerate(trail["entries"], 1):
        assert (entry["n"], entry["prev"], entry["hash"]) == (n, prev, entry_hash(prev, entry["body"]))
        prev = entry["hash"]
    assert json.loads(trail["entries"][-1]["body"])["verb"] == "ticket.dossier_exported"
    file, letter = facts["files"]
    assert letter["sha256"] in trail["entries"][-2]["body"]
    assert file["sha256"] == hashlib.sha256("录音文字稿".encode()).hexdigest()
    assert file["sha256"] in trail["entries"][4]["body"]
    document = facts["document"]
    assert [clock["title"] for clock in document["clocks"]] == ["处理时限", "首次联系"]
    assert {"what": "内部备注", "internal": True} in [
        {"what": line["what"], "internal": line["internal"]} for line in document["history"]
    ]


def test_it_is_on_record_with_its_reason(client_of, ticket):
    exported(client_of("supervisor"), ticket)
    assert last(AuditEntry.objects).verb == "ticket.dossier_exported"
    line = last(ticket.entries)
    assert (line.verb, line.text, line.public) == ("ticket.dossier_exported", "监管调阅", False)


def test_without_a_reason_nothing_leaves(client_of, ticket):
    before = AuditEntry.objects.count()
    response = client_of("supervisor").post(f"/tickets/{ticket.number}/dossier/", {"reason": " "})
    assert (response.status_code, AuditEntry.objects.count()) == (400, before)


def test_its_pages(cast, ticket):
    trails = dossier.trails_of(ticket)
    shown = dossier_text.describe(ticket, cast.supervisor, list(ticket.evidence.all()), trails)
    pages = pdf.render_png("tickets/dossier.typ", shown, ppi=40)
    assert 2 <= len(pages) <= 5


def test_it_says_what_a_regulator_asks_for(client_of, cast):
    """Outcome, parties, proof of delivery, money, approvals, corrections; merged cases with their chains."""
    case = everything(cast)
    facts = json.loads(exported(client_of("supervisor"), case).read("dossier.json"))
    document = facts["document"]
    parties = {item["title"]: dict(item["facts"]) for item in document["parties"]}
    assert (parties["代理人"]["姓名"], parties["代理人"]["授权书"]) == ("代理人", "auth.txt")
    assert parties["监管转办"]["监管编号"] == REFERRAL["number"]
    assert [item["title"] for item in document["parties"]].count("代表") == 2
    [decision] = document["decisions"]
    assert {"结论", "根本原因"} <= dict(decision["parts"]).keys()
    assert dict(decision["parts"])["结论"] == "同意申请"
    measures = {section["title"]: section["items"] for section in document["measures"]}
    assert {name: len(items) for name, items in measures.items()} == {
        "红旗": case.red_flags.count(),
        "规定步骤": 2,
        "合作机构": 2,
        "审批": case.approvals.count(),
        "补偿": 2,
        "送达": 2,
        "整改": 2,
    }
    merged = [link.ticket for link in case.links_here.filter(kind="duplicate_of")]
    assert [trail["case"] for trail in facts["trails"]] == [case.number, *(one.number for one in merged)]
    assert all(trail["entries"] for trail in facts["trails"])
    told = [line["text"] for line in document["history"]]
    assert all(one.narrative in told for one in merged)
    asked = [line["detail"] for line in document["history"] if "机构 0" in line["detail"]]
    assert asked
    assert len(pdf.render_png("tickets/dossier.typ", document, ppi=20)) > 3
