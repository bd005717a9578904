import pytest
from tests.chat.script import begin, visitor_door

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_message_is_acknowledged_and_comes_back_in_order():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        assert visitor.welcome["seq"] == 0
        first = await visitor.send("我想提前还款")
        frames = [await visitor.next(), await visitor.next()]
        assert {f["type"] for f in frames} == {"ack", "message"}
        assert {f["client_id"] for f in frames} == {first}
