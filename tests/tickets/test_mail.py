"""Letters by e-mail: read strictly, filed once, and added to a case only where they provably belong."""

import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from PIL import Image

from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry, User
from helpdesk.core.passwords import GONE
from tests.tickets.factories import make_ticket
from tests.tickets.imap_server import ImapServer
from tickets.actions import merge_ticket
from tickets.actions.receive import receive_once
from tickets.inbox.addresses import reply_address, ticket_at
from tickets.inbox.parse import Ignored, Refused, html_to_text, parse
from tickets.models import Channel, Evidence, InboundMail, Ticket
from tickets.search import SearchRow

OWN = "support@lender.example"
SENDER = "someone@example.com"


@pytest.fixture(autouse=True)
def own_address(settings):
    settings.MAIL_ADDRESS = OWN
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def letter(text="扣款失败后又扣了一次。", *, html="", files=(), **headers) -> bytes:
    message = EmailMessage()
    told = {"From": f"某客户 <{SENDER}>", "To": OWN, "Subject": "重复扣款", "Message-ID": "<1@example.com>"}
    for name, value in (told | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            message[name] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, data, kind in files:
        maintype, _slash, subtype = kind.partition("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def receive(raw: bytes) -> InboundMail:
    return receive_once(raw, actor=User.system("inbox"))


# --- Reading ----------------------------------------------------------------------------------


def test_a_letter_is_read_as_plain_text_without_what_it_quotes():
    read = parse(letter("请退款。\n\n客服 写道：\n> 您好\n> 请稍等\n", html="<p>别的</p>"))
    assert (read.sender, read.name, read.subject, read.text) == (SENDER, "某客户", "重复扣款", "请退款。")


QUOTED = "我们收到了您的来信。查询码：7K2M-0QRS-9XTV-Y5ZZ-ABCD-EFGH-J1K8"


@pytest.mark.parametrize(
    "head",
    [
        f'------------------ 原始邮件 ------------------\n发件人: "客服" <{OWN}>;\n收件人: "我" <a@b.cn>;\n',
        f"---- 回复的原邮件 ----\n| 发件人 | 客服<{OWN}> |\n",
        "-----Original Message-----\nFrom: Customer care\nSent: Monday\n",
        f"________________________________\nFrom: Care <{OWN}>\nSent: Monday\nTo: me <a@b.cn>\n",
        f"发件人： {OWN}\n发送时间： 2026-03-02 11:00\n收件人： a@b.cn\n",
        f'在 2026-03-02 11:00:00，"客服" <{OWN}> 写道：\n',
    ],
)
def test_our_own_letter_is_cut_off_however_the_mail_program_quotes_it(head):
    assert parse(letter(f"请退款。\n\n{head}\n{QUOTED}\n")).text == "请退款。"


@pytest.mark.parametrize(
    "said",
    [
        f"On Monday, Care <{OWN}> wrote:\n> Which number?\n\nThe number is HT-778.",
        f"On Monday, Care <{OWN}> wrote:\n\n> Which number?\n\nHT-778.\n\n> Which day?\n\nMonday.",
        f"-----Original Message-----\nFrom: Care <{OWN}>\nSent: Monday\nTo: me\n\nWhich number?\n\nHT-778.",
        f"你们的客服 {OWN} 写道：\n“不予退款。”\n我不服。",
    ],
)
def test_an_answer_below_or_within_our_letter_stays(said):
    assert parse(letter(said)).text == said


def test_an_answer_above_our_marked_letter_stands_alone():
    assert (
        parse(letter(f"请退款。\n\nOn Monday, Care <{OWN}> wrote:\n\n> Which number?\n")).text == "请退款。"
    )


def test_what_somebody_else_wrote_and_the_customer_passes_on_stays():
    told = (
        "请看：\n\n-----原始邮件-----\n发件人: 某银行 <a@bank.example>\n收件人: me@example.com\n\n明天上门。"
    )
    assert parse(letter(told)).text == told


def test_many_empty_lines_are_read_at_once():
    assert parse(letter("请" + "\n" * 2000 + "退款" + "\n" * 2000)).text.startswith("请")


def test_html_alone_becomes_words():
    html = "<style>p{}</style><p>请<b>退款</b></p><script>alert(1)</script><div>谢谢<br>某客户</div><img src='http://x/'>"
    assert parse(letter("", html=html)).text == "请退款\n\n谢谢\n某客户"
    assert html_to_text("<p>a &lt;b&gt;</p><![CDATA[x]]>") == "a <b>"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"Precedence": "bulk"}, "bulk"),
        ({"List_Id": "<news.example.com>"}, "bulk"),
        ({"From": "MAILER-DAEMON@example.com"}, "machine"),
        ({"From": "no-reply@example.com"}, "machine"),
        ({"Return_Path": "<>"}, "machine"),
        ({"From": OWN}, "loop"),
        ({"From": "support+1.abc@lender.example"}, "loop"),
        ({"X_Helpdesk": "answer"}, "loop"),
    ],
)
def test_what_machines_send_is_ignored(headers, why):
    with pytest.raises(Ignored, match=why):
        parse(letter(**headers))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no_sender"),
        (b"From: nobody\r\n\r\nx", "no_sender"),
        (b"From: a@example.com, b@example.com\r\n\r\nx", "no_sender"),
        (b"x" * (30 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(raw, why):
    with pytest.raises(Refused, match=why):
        parse(raw)


def test_a_bomb_of_parts_is_refused():
    parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(60))
    head = b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    with pytest.raises(Refused, match="too_many_parts"):
        parse(head + parts + b"--b--\r\n")


def test_headers_cannot_be_injected():
    subject = b"From: a@example.com\r\nSubject: =?utf-8?q?x=0D=0ABcc=3A_y=40example=2Ecom?=\r\n\r\nz"
    assert parse(subject).subject == "x Bcc: y@example.com"
    with pytest.raises(Refused, match="unreadable"):
        parse(b"From: =?utf-8?q?A=0D=0ABcc=3A_x=40example=2Ecom?= <a@example.com>\r\n\r\nz")


@pytest.mark.parametrize("charset", ["gb18030", "utf-8", "no-such-charset"])
def test_other_charsets_and_false_ones_are_read(charset):
    body = "退款".encode("utf-8" if charset == "no-such-charset" else charset)
    raw = b"From: a@example.com\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body
    assert parse(raw).text == "退款"


def test_attachments_pass_the_checks_of_uploads():
    files = [
        ("图.png", png(), "image/png"),
        ("x.exe", b"MZ", "application/octet-stream"),
        ("y.png", b"no", "image/png"),
    ]
    read = parse(letter(files=files))
    assert [file.name for file in read.files] == ["图.png"]
    assert [("x.exe" in problem, "y.png" in problem) for problem in read.problems] == [
        (True, False),
        (False, True),
    ]


# --- Filing -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_letter_becomes_a_case_once_and_is_answered(django_capture_on_commit_callbacks):
    raw = letter(files=[("图.png", png(), "image/png")])
    with django_capture_on_commit_callbacks(execute=True):
        first, second = receive(raw), receive(raw)
    assert first == second
    case = Ticket.objects.get()
    assert (case.channel, case.contact, case.complainant) == (Channel.EMAIL, SENDER, "某客户")
    assert (case.narrative, case.evidence.count()) == ("重复扣款\n\n扣款失败后又扣了一次。", 1)
    [answer] = mail.outbox
    assert answer.to == [SENDER]
    assert case.number in answer.body
    assert answer.reply_to == [reply_address(case)]
    assert answer.extra_headers["Auto-Submitted"] == "auto-replied"
    assert answer.extra_headers["In-Reply-To"] == "<1@example.com>"
    body = AuditEntry.objects.get(verb="mail.received").body
    assert SENDER not in body


@pytest.mark.django_db
def test_an_answer_to_the_signed_address_from_the_customer_is_added_to_the_case(cast):
    case = make_ticket(cast, actor=Guest(), contact=SENDER)
    reply = letter("补充一张图。", To=reply_address(case), files=[("图.png", png(), "image/png")])
    kept = receive(reply)
    assert (kept.outcome, kept.ticket, Ticket.objects.count()) == ("appended", case, 1)
    said = case.entries.get(verb="ticket.customer_message")
    assert (said.text, said.public, Evidence.objects.get().ticket) == ("补充一张图。", True, case)


@pytest.mark.django_db
def test_a_tracking_code_that_comes_back_is_kept_nowhere(cast):
    ticket = make_ticket(cast, actor=Guest(), contact=SENDER)
    answer = f"请看：\n\n> 查询码：{ticket.tracking_code}\n\n以上。"
    receive(letter(answer, To=reply_address(ticket), Subject=""))
    entry = ticket.entries.get(verb="ticket.customer_message")
    assert (GONE in entry.text, ticket.tracking_code in entry.text) == (True, False)
    found = SearchRow.objects.get(pk=ticket.pk).tokens
    assert [part for part in ticket.tracking_code.lower().split("-") if f"w{part}" in found.split()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("forged", ["sender", "token", "other case"])
def test_without_both_proofs_a_letter_is_a_case_of_its_own(forged, cast):
    case = make_ticket(cast, actor=Guest(), contact=SENDER)
    other = make_ticket(cast, actor=Guest(), contact="else@example.com", narrative="别的事。")
    to = {
        "sender": reply_address(case),
        "token": f"support+{case.pk}.{'a' * 28}@lender.example",
        "other case": reply_address(other),
    }[forged]
    changed = {"From": "intruder@example.com"} if forged == "sender" else {}
    kept = receive(letter("让我看看。", To=to, **changed))
    assert kept.outcome == "filed"
    assert kept.ticket not in (case, other)
    assert not case.entries.filter(verb="ticket.customer_message").exists()


@pytest.mark.django_db
def test_an_answer_to_a_merged_case_reaches_the_survivor(cast):
    case = make_ticket(cast, actor=Guest(), contact=SENDER)
    into = make_ticket(cast, actor=Guest(), contact=SENDER, narrative="另一段经过。")
    merge_ticket(case, actor=cast.supervisor, into=into, same_person=True)
    assert receive(letter(To=reply_address(case))).ticket == into


@pytest.mark.django_db
def test_a_token_is_of_one_case_and_the_desk_s_own_address(cast):
    case = make_ticket(cast, actor=Guest())
    address = reply_address(case)
    assert ticket_at(address) == ticket_at(address.upper()) == case
    assert ticket_at(address.replace("lender", "other")) is None
    assert ticket_at(address.replace(f"+{case.pk}.", f"+{case.pk + 1}.")) is None
    assert ticket_at("support@lender.example") is None


@pytest.mark.django_db
def test_ignored_and_refused_letters_make_no_case():
    assert receive(letter(Precedence="bulk")).reason == "bulk"
    assert receive(b"From: nobody\r\n\r\nx").outcome == "refused"
    assert Ticket.objects.count() == 0


@pytest.mark.django_db
def test_one_sender_is_answered_five_times_a_day(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for n in range(7):
            receive(letter(Message_ID=f"<{n}@example.com>"))
    assert (Ticket.objects.count(), len(mail.outbox)) == (7, 5)


# --- Fetching ---------------------------------------------------------------------------------


def maildir(path: Path, *letters: bytes) -> Path:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir()
    for n, raw in enumerate(letters):
        (path / "new" / f"{n}.host").write_bytes(raw)
    return path


@pytest.mark.django_db
def test_fetching_a_maildir_moves_what_was_dealt_with(settings, tmp_path, capsys):
    box = maildir(
        tmp_path, letter(), letter(), b"From: nobody\r\n\r\nx", letter(Precedence="bulk", Message_ID="<2@x>")
    )
    settings.MAIL_INBOX = f"maildir:{box}"
    call_command("fetch_mail")
    assert capsys.readouterr().out == "filed: 2, appended: 0, ignored: 1, refused: 1, failed: 0\n"
    assert list((box / "new").iterdir()) == []
    assert sorted(file.name for file in (box / "cur").iterdir()) == [
        "0.host:2,S",
        "1.host:2,S",
        "2.host:2,FS",
        "3.host:2,S",
    ]
    assert Ticket.objects.count() == 1  # the second was the first again
    call_command("fetch_mail")
    assert capsys.readouterr().out == "filed: 0, appended: 0, ignored: 0, refused: 0, failed: 0\n"


@pytest.mark.django_db
def test_fetching_by_imap_marks_what_was_dealt_with(settings, capsys):
    server = ImapServer({"7": letter(), "9": b"From: nobody\r\n\r\nx"})
    settings.MAIL_INBOX = f"imap://desk:secret@127.0.0.1:{server.port}/INBOX"
    call_command("fetch_mail")
    assert capsys.readouterr().out == "filed: 1, appended: 0, ignored: 0, refused: 1, failed: 0\n"
    assert server.flags == {"7": r"(\Seen)", "9": r"(\Seen \Flagged)"}
    assert Ticket.objects.get().contact == SENDER


@pytest.mark.parametrize(
    ("inbox", "why"),
    [
        ("", "There is no mailbox"),
        ("maildir:/nowhere", "not a Maildir"),
        ("pop3://x", "must be maildir"),
        ("imap://desk:secret@mail.example.com/INBOX", "only for this machine"),
        ("imap://desk:secret@127.0.0.1:1/INBOX", "does not answer"),
    ],
)
def test_a_mailbox_that_is_none_is_named(settings, inbox, why):
    settings.MAIL_INBOX = inbox
    with pytest.raises(CommandError, match=why):
        call_command("fetch_mail")
