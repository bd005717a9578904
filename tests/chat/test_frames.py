"""Every kind of bad frame has a defined answer, and none a traceback."""

import json
import logging
import uuid

import pytest

from chat.frames import DESK, VISITOR, as_uuid, read_frame
from helpdesk.core.strict_json import InputError, read_object
from tests.chat.script import begin, door, visitor_door

ID = "2f1e6c1a-0000-4000-8000-000000000001"


def send(**changes) -> str:
    return json.dumps({"type": "send", "client_id": ID, "text": "您好", **changes})


BAD = {
    "empty": ("", "bad_json"),
    "not json": ("hello", "bad_json"),
    "half": ('{"type": "send"', "bad_json"),
    "two objects": ('{"type":"close"}{"type":"close"}', "bad_json"),
    "single quotes": ("{'type': 'close'}", "bad_json"),
    "trailing comma": ('{"type":"close",}', "bad_json"),
    "raw control character": ('{"type":"send","text":"a\nb"}', "bad_json"),
    "list": ("[]", "not_object"),
    "string": ('"close"', "not_object"),
    "null": ("null", "not_object"),
    "number": ("1", "not_object"),
    "64 KiB and one": (json.dumps({"type": "send", "text": "a" * 65_536}), "too_large"),
    "64 KiB in UTF-8": (json.dumps({"t": "甲" * 30_000}, ensure_ascii=False), "too_large"),
    "five levels": ('{"a":{"a":{"a":{"a":{}}}}}', "too_deep"),
    "thirty thousand levels": ("[" * 30_000 + "]" * 30_000, "too_deep"),
    "unclosed levels": ('{"a":' * 10_000, "too_deep"),
    "duplicate key": ('{"type":"close","type":"close"}', "duplicate_key"),
    "inner duplicate key": ('{"type":"close","x":{"a":1,"a":1}}', "duplicate_key"),
    "NaN": ('{"type":"read","seq":NaN}', "bad_number"),
    "Infinity": ('{"type":"read","seq":-Infinity}', "bad_number"),
    "float overflow": ('{"type":"read","seq":1e999}', "bad_number"),
    "huge integer": ('{"type":"read","seq":' + "9" * 5_000 + "}", "bad_number"),
    "2^53 + 1": ('{"type":"read","seq":9007199254740993}', "bad_number"),
    "NUL": (send(text="a\0b"), "bad_text"),
    "lone surrogate": (send(text="\ud800"), "bad_text"),
    "NUL in a key": ('{"type":"close","\\u0000":1}', "bad_text"),
    "no type": ("{}", "unknown_type"),
    "null type": ('{"type":null}', "unknown_type"),
    "list type": ('{"type":["send"]}', "unknown_type"),
    "unknown type": ('{"type":"message"}', "unknown_type"),
    "underscore type": ('{"type":"__class__"}', "unknown_type"),
    "server's type": ('{"type":"welcome"}', "unknown_type"),
    "no text": (json.dumps({"type": "send", "client_id": ID}), "missing_field"),
    "no client_id": ('{"type":"send","text":"a"}', "missing_field"),
    "text a number": (send(text=1), "bad_field"),
    "text null": (send(text=None), "bad_field"),
    "client_id a number": (send(client_id=1), "bad_field"),
    "client_id no UUID": (send(client_id="abc"), "bad_field"),
    "client_id in braces": (send(client_id="{" + ID + "}"), "bad_field"),
    "attachments": (send(attachments=[{"name": "a.png"}]), "bad_field"),
    "attachments too many": (send(attachments=[str(uuid.uuid4()) for _ in range(6)]), "bad_field"),
    "attachments unknown": (send(attachments=[str(uuid.uuid4())]), "no_such_file"),
    "edit without a text": ('{"type":"edit","seq":1}', "missing_field"),
    "edit of number 0": ('{"type":"edit","seq":0,"text":"a"}', "bad_field"),
    "edit of nothing": ('{"type":"edit","seq":9,"text":"a"}', "not_found"),
    "attachments a string": (send(attachments="a.png"), "bad_field"),
    "typing 1": ('{"type":"typing","on":1}', "bad_field"),
    "seq true": ('{"type":"read","seq":true}', "bad_field"),
    "seq a float": ('{"type":"read","seq":1.0}', "bad_field"),
    "seq a string": ('{"type":"read","seq":"1"}', "bad_field"),
    "seq negative": ('{"type":"read","seq":-1}', "bad_field"),
    "seq beyond the column": ('{"type":"read","seq":2147483648}', "bad_field"),
    "score 0": ('{"type":"rate","score":0}', "bad_field"),
    "score 6": ('{"type":"rate","score":6}', "bad_field"),
    "ping n": ('{"type":"ping","n":"1"}', "bad_field"),
    "hello again": (json.dumps({"type": "hello", "after": 0, "protocol": 1}), "hello_again"),
}


@pytest.mark.django_db(transaction=True)
async def test_each_bad_frame_gets_its_answer_and_the_connection_lives_on(caplog):
    conversation = await begin()
    got = {}
    with caplog.at_level(logging.WARNING):
        for name, (text, _) in BAD.items():
            async with visitor_door(conversation) as visitor:
                await visitor.say_text(text)
                frame = await visitor.next()
                assert frame["type"] == "error", (name, frame)
                got[name] = frame["code"]
                await visitor.say(type="ping", n=7)
                assert await visitor.next() == {"type": "pong", "n": 7}
    assert got == {name: code for name, (_, code) in BAD.items()}
    assert caplog.records == []


@pytest.mark.django_db(transaction=True)
async def test_binary_frames_are_refused():
    async with visitor_door(await begin()) as visitor:
        await visitor.socket.send_to(bytes_data=b'{"type":"close"}')
        assert (await visitor.next())["code"] == "not_text"


@pytest.mark.django_db(transaction=True)
async def test_an_error_names_the_frame_and_the_field():
    async with visitor_door(await begin()) as visitor:
        await visitor.say_text(send(text=1))
        frame = await visitor.next()
    assert (frame["client_id"], frame["field"], frame["code"]) == (ID, "text", "bad_field")


@pytest.mark.django_db(transaction=True)
async def test_the_eleventh_bad_frame_closes():
    async with visitor_door(await begin()) as visitor:
        for _ in range(11):
            await visitor.say_text("{}")
        frames = [await visitor.next() for _ in range(12)]
    assert [f.get("code") for f in frames] == ["unknown_type"] * 11 + [4400]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "unknown_type"),
        ("x", "bad_json"),
        (send(), "hello_first"),
        ('{"type":"hello","after":0}', "missing_field"),
        ('{"type":"hello","after":0,"protocol":2}', "protocol_not_supported"),
        ('{"type":"hello","after":{},"protocol":1}', "bad_field"),
    ],
)
async def test_a_first_frame_that_is_not_hello_closes(text, code):
    conversation = await begin()
    async with door(f"/ws/chat/{conversation.pk}/") as stranger:
        await stranger.say_text(text)
        assert [(await stranger.next())["code"] for _ in range(2)] == [code, 4400]


def test_what_is_not_known_is_ignored():
    frame = {"type": "send", "client_id": ID, "text": "a", "later": {"x": [1.5]}, "token": 5}
    kind, fields = read_frame(frame, VISITOR)
    assert (kind, fields) == ("send", {"client_id": uuid.UUID(ID), "text": "a"})


def test_client_ids_may_be_upper_case():
    assert read_frame(json.loads(send(client_id=ID.upper())), VISITOR)[1]["client_id"] == uuid.UUID(ID)


def test_exactly_64_kib_and_four_levels_are_read():
    text = json.dumps({"a": "x" * (65_536 - 9)}, separators=(",", ":"))
    assert len(text) == 65_536 - 1
    assert read_object(text + " ")["a"][:1] == "x"
    assert read_object('{"a":{"b":[{}]}, "c":"[[[[[{{{{"}')["c"] == "[[[[[{{{{"


def test_a_desk_resumes_at_most_200_conversations():
    many = {str(uuid.uuid4()): 1 for _ in range(201)}
    with pytest.raises(InputError):
        read_frame({"type": "hello", "protocol": 1, "after": many}, DESK)
    with pytest.raises(InputError):
        read_frame({"type": "hello", "protocol": 1, "after": {"x": 1}}, DESK)


@pytest.mark.parametrize("text", ["", "x", "1" * 36, "\0", "../etc", "{" + ID + "}"])
def test_an_id_that_is_none_is_nobodys(text):
    assert as_uuid(text).int == 0
