"""The chats of the demonstration: some wait, some go on, most are over and judged."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from chat import actions
from chat.models import Conversation
from chat.states import State
from chat.tokens import visitor
from helpdesk.core import clock
from helpdesk.core.actors import Actor, Guest
from helpdesk.core.models import User
from helpdesk.core.staffing.actions import READS, seen
from helpdesk.demo import case_stories
from helpdesk.demo.content import ChatText, cases, chats, opinion, read
from helpdesk.demo.telling import Desk, Story, days_ago, dice_for, in_hours
from tickets.states import State as CaseState


@dataclass
class ChatPlan:
    """One chat: about what, since when, with whom, and how many of its lines have been said."""

    number: int
    start: dt.datetime
    text: ChatText
    agent: str
    end: str = State.CLOSED
    said: int = 99
    own: bool = False
    filed: bool = False
    case_end: str = CaseState.CLOSED
    moved: bool = False  # handed to a colleague on the way
    dice: Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = dice_for(f"chat {self.number}")


def canned_story(desk: Desk) -> Story:
    """What everybody finds with ``/``."""
    yield desk.ago(days=30)
    for shortcut, text in read("words")["canned"].items():
        supervisor = desk.staff["supervisor"]
        actions.add_canned(actor=supervisor, team=None, shortcut=shortcut, language="zh-hans", text=text)


AGENTS = ("agent", "agent2", "agent4", "agent5")
# Minutes ago, whose, and how many lines: what is going on right now.
ACTIVE = [(9.0, "agent", 3), (14.0, "agent", 5), (6.0, "agent2", 4), (18.0, "agent2", 1), (11.0, "agent5", 3)]
WAITING = [(0.7, 1), (2.6, 1), (5.8, 1)]
WITH_BOT = [(0.4, 1), (1.5, 1)]
PAST = 80
LATELY = 4  # of these in the last week


def plans(desk: Desk) -> Iterator[ChatPlan]:
    dice = dice_for("chats")
    texts = chats()
    for n in range(PAST):
        days = days_ago(dice) if n > LATELY else 0.4 + n
        recent = days < 50
        text = dice.choices(texts, [4 if recent and t.topic == "repayment" else 2 for t in texts])[0]
        yield ChatPlan(
            number=n,
            start=in_hours(desk.ago(days=days)) if days > 1 else desk.ago(days=days),
            text=text,
            agent=dice.choice(AGENTS),
            own=n == 7,
            filed=bool(text.case) and dice.random() < 0.4,
            moved=dice.random() < 0.1,
        )
    with_case = [text for text in texts if text.case]
    for n, (days, end) in enumerate(((3.1, CaseState.ASSIGNED), (1.2, CaseState.RECEIVED))):
        yield ChatPlan(100 + n, desk.ago(days=days), with_case[n], "agent2", filed=True, case_end=end)
    for n, (minutes, agent, said) in enumerate(ACTIVE):
        text = texts[n * 3 % len(texts)]
        yield ChatPlan(200 + n, desk.ago(minutes=minutes), text, agent, State.ACTIVE, said)
    for n, (minutes, said) in enumerate(WAITING):
        text = texts[(n * 5 + 1) % len(texts)]
        yield ChatPlan(300 + n, desk.ago(minutes=minutes), text, "agent", State.WAITING, said)
    for n, (minutes, said) in enumerate(WITH_BOT):
        text = replace(texts[n], lines=["v 提前还款有手续费吗"])  # what a bot can answer
        yield ChatPlan(400 + n, desk.ago(minutes=minutes), text, "agent", State.BOT, said)


def chat_story(desk: Desk, plan: ChatPlan) -> Story:
    dice = plan.dice
    yield plan.start
    conversation = actions.start_conversation(
        actor=desk.customer if plan.own else Guest(),
        topic=plan.text.topic,
        name="" if plan.own or dice.random() < 0.3 else case_stories.complainant(dice.randint(2, 99)),
        bot=plan.end in (State.BOT, State.WAITING),
    )
    party: Actor = desk.customer if plan.own else visitor(conversation)
    agent = desk.staff[plan.agent]
    accepted = False
    read: dict[Actor, int] = {}  # what each side has seen: all up to its own last words
    for who, _, words in (said.partition(" ") for said in plan.text.lines[: plan.said]):
        yield seconds(dice, 8, 35)
        if who == "a" and not accepted:
            actions.accept_conversation(conversation, actor=agent)
            accepted = True
            yield seconds(dice, 10, 30)
        speaker = agent if who == "a" else party
        read[speaker] = speak(conversation, speaker, words, dice)
        if conversation.state == State.BOT:
            answer(conversation, party, dice, leave=plan.end == State.WAITING)
        if plan.moved and who == "a" and agent.username == plan.agent:
            agent = hand_over(desk, conversation, agent)
    for reader, seq in read.items():
        if reader in (party, agent):  # not who has handed it over since
            actions.mark_read(conversation, actor=reader, seq=seq)
    if plan.end == State.ACTIVE and not accepted:
        yield seconds(dice, 5, 20)
        actions.accept_conversation(conversation, actor=agent)
    if plan.end == State.CLOSED:
        yield from finish(desk, plan, conversation, agent, party)


def seconds(dice: Random, low: float, high: float) -> dt.datetime:
    return clock.now() + dt.timedelta(seconds=dice.uniform(low, high))


def speak(conversation: Conversation, actor: Actor, words: str, dice: Random) -> int:
    message_id = uuid.UUID(int=dice.getrandbits(128), version=4)
    message, _ = actions.post_message(conversation, actor=actor, client_id=message_id, text=words)
    return message.seq


def answer(conversation: Conversation, party: Actor, dice: Random, *, leave: bool) -> None:
    """The bot's turn; with ``leave`` the visitor asks for a person then."""
    actions.answer_pending(conversation.pk)
    conversation.refresh_from_db()
    if leave and conversation.state == State.BOT:
        speak(conversation, party, "转人工", dice)
        actions.answer_pending(conversation.pk)
    conversation.refresh_from_db()


def hand_over(desk: Desk, conversation: Conversation, agent: User) -> User:
    colleague = next(user for user in desk.agents() if user != agent)
    note = read("words")["desk"]["notes"][2]
    seen(colleague, READS)  # whoever is handed a chat has the desk open
    actions.transfer_conversation(conversation, actor=agent, to=colleague, note=note)
    return colleague


def finish(desk: Desk, plan: ChatPlan, conversation: Conversation, agent: User, party: Actor) -> Story:
    """File the case if there is one, close, be judged, and go on with the case."""
    dice = plan.dice
    ticket = None
    if plan.filed:
        yield seconds(dice, 30, 90)
        ticket = actions.convert_conversation(
            conversation,
            actor=agent,
            topic=plan.text.topic,
            complainant=conversation.name or desk.customer.name,
            contact=f"1380000{dice.randint(2, 99):04}",
            kind=plan.text.case["kind"],
            narrative=plan.text.case["narrative"],
            request=plan.text.case["request"],
        )
    yield seconds(dice, 20, 120)
    actions.close_conversation(conversation, actor=agent if dice.random() < 0.6 else party)
    if dice.random() < 0.8:
        yield seconds(dice, 10, 60)
        score = desk.score(plan.text.topic, clock.now(), dice)
        said = opinion(plan.text.topic, score >= 4, dice)
        actions.rate_conversation(conversation, actor=party, score=score, text=said)
    if ticket is not None and plan.case_end != CaseState.RECEIVED:
        yield from case_stories.work(desk, case_of(plan), ticket)


def case_of(plan: ChatPlan) -> case_stories.Plan:
    """The case that the chat became, decided like others of its topic."""
    alike = next(text for text in cases() if text.topic == plan.text.topic and text.kind == "complaint")
    return case_stories.Plan(
        number=plan.number + 2000,
        start=clock.now(),
        text=replace(alike, **plan.text.case),
        end=plan.case_end,
        severity="ordinary",
        pace=0.3 if plan.case_end != CaseState.CLOSED else 1.0,
    )
