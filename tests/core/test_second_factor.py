"""The second factor: set up before anything else, asked for at sign-in, taken once, removed by others."""

import base64
import datetime as dt
import io
import re
import threading
import time
from html import unescape
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet, InvalidToken
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.administration.actions import change_role, deactivate_person, set_password
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.fields import opened
from helpdesk.core.models import AuditEntry, User
from helpdesk.core.permissions import is_staff
from helpdesk.core.second_factor import actions
from helpdesk.core.second_factor.codes import PERIOD, counter_of, picture_of
from helpdesk.core.second_factor.rules import lacks_second_factor
from tests.access import Row
from tests.chat.access_api import own
from tests.chat.script import desk_door, door
from tests.conftest import PASSWORD
from tests.core.test_events import hints
from tests.core.test_url_roles import ACCESS

pytestmark = pytest.mark.django_db
STAFF = ["agent", "supervisor", "analyst", "administrator"]
SIGN_IN, CODE, FIRST = "/accounts/login/", "/accounts/code/", "/accounts/set-up/"
SECURITY, SET_UP = "/accounts/security/", "/accounts/security/set-up/"
NOON = dt.datetime(2026, 11, 26, 4, 0, 5, tzinfo=dt.UTC)


@pytest.fixture
def moment(time_machine):
    """The time stands still, and moves by whole codes."""
    time_machine.move_to(NOON, tick=False)
    return lambda codes: time_machine.move_to(clock.now() + codes * dt.timedelta(seconds=PERIOD), tick=False)


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def code_at(secret: str, steps: int = 0) -> str:
    """What the authenticator shows, so many codes from now."""
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // PERIOD + steps)))


def equip(person: User) -> tuple[str, list[str]]:
    """A second factor for a member of the cast; none of its codes of now is used."""
    secret = generate_totp_secret()
    _changed, codes = actions.set_up_second_factor(person, actor=person, secret=secret, counter=1)
    person.refresh_from_db()
    mail.outbox.clear()
    return secret, codes


def password(client: Client, username: str = "agent", **more: str):
    return client.post(SIGN_IN, {"login": username, "password": PASSWORD, **more})


def is_in(client: Client) -> bool:
    return client.get("/landing/")["Location"] != f"{SIGN_IN}?next=/landing/"


def secret_on(page) -> str:
    shown = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.content.decode())
    assert shown
    return shown[1].replace(" ", "")


def codes_on(page) -> list[str]:
    return re.findall(r"<li><code>([\d ]+)</code></li>", page.content.decode())


def verbs() -> list[str]:
    return list(AuditEntry.objects.values_list("verb", flat=True))


# --- Signing in ----------------------------------------------------------------------------------
def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(client, cast, moment):
    secret, _codes = equip(cast.agent)
    answer = password(client, next="/tickets/todo/")
    assert (answer.status_code, answer.url) == (302, CODE)
    assert not is_in(client)
    page = client.get(CODE)
    assert "账号 agent" in page.content.decode()
    assert 'autocomplete="one-time-code"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    done = client.post(CODE, {"code": code_at(secret)})
    assert (done.status_code, done.url) == (302, "/tickets/todo/")
    assert is_in(client)
    assert client.get(CODE).url == "/landing/"
    assert verbs() == ["person.second_factor_set_up"]


def test_without_a_second_factor_signing_in_is_as_it_was(client, cast):
    assert password(client).url == "/landing/"
    assert is_in(client)


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_clocks_may_differ_by_one_code(client, cast, moment, late):
    secret, _codes = equip(cast.agent)
    password(client)
    assert client.post(CODE, {"code": code_at(secret, late)}).status_code == 302


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} "])
def test_a_code_may_be_typed_as_it_is_shown(client, cast, moment, typed):
    secret, _codes = equip(cast.agent)
    password(client)
    code = code_at(secret)
    assert client.post(CODE, {"code": typed.format(code[:3], code[3:])}).status_code == 302


def test_full_width_digits_are_digits(client, cast, moment):
    secret, _codes = equip(cast.agent)
    password(client)
    wide = code_at(secret).translate({ord("0") + n: chr(ord("０") + n) for n in range(10)})
    assert client.post(CODE, {"code": wide}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "status"),
    [("000000", 409), ("abcdef", 409), ("１２", 409), ("", 200), ("9" * 21, 200), ("\0", 200)],
)
def test_a_wrong_code_is_told_and_what_was_typed_stays(client, cast, moment, typed, status):
    equip(cast.agent)
    password(client)
    page = client.post(CODE, {"code": typed})
    assert (page.status_code, list(page.context["form"].errors)) == (status, ["code"])
    assert 'href="#id_code"' in page.content.decode()
    assert typed.replace("\0", "") in page.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_of_another_time_is_wrong(client, cast, moment, steps):
    secret, _codes = equip(cast.agent)
    password(client)
    assert client.post(CODE, {"code": code_at(secret, steps)}).status_code == 409


def test_the_same_code_is_not_taken_twice(client, cast, moment):
    secret, _codes = equip(cast.agent)
    code = code_at(secret)
    password(client)
    assert client.post(CODE, {"code": code}).status_code == 302
    again = Client()
    password(again)
    assert again.post(CODE, {"code": code}).status_code == 409
    cache.clear()  # what is used stands in the database
    assert again.post(CODE, {"code": code}).status_code == 409
    assert again.post(CODE, {"code": code_at(secret, -1)}).status_code == 409  # nor an earlier one
    moment(1)
    assert again.post(CODE, {"code": code}).status_code == 409
    assert again.post(CODE, {"code": code_at(secret)}).status_code == 302


def test_the_code_that_set_it_up_signs_nobody_in(client, cast, moment):
    secret = generate_totp_secret()
    code = code_at(secret)
    counter = counter_of(secret, code)
    assert counter
    actions.set_up_second_factor(cast.agent, actor=cast.agent, secret=secret, counter=counter)
    password(client)
    assert client.post(CODE, {"code": code}).status_code == 409


def test_a_recovery_code_counts_once_and_the_person_hears_of_it(
    client, cast, moment, django_capture_on_commit_callbacks
):
    _secret, codes = equip(cast.agent)
    password(client)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(CODE, {"code": codes[3]}).status_code == 302
    again = Client()
    password(again)
    assert again.post(CODE, {"code": codes[3]}).status_code == 409
    assert again.post(CODE, {"code": codes[4]}).status_code == 302
    entry = AuditEntry.objects.filter(verb="person.recovery_code_used").first()
    assert entry and (entry.actor, entry.data) == (cast.agent, {"left": 9})
    assert [letter.to for letter in mail.outbox] == [[cast.agent.email]]
    assert codes[3] not in mail.outbox[0].body and "2026-11-26 12:00 +0800" in mail.outbox[0].body


def test_guesses_are_limited_whoever_makes_them(client, cast):
    secret, codes = equip(cast.agent)
    password(client)
    for n in range(actions.LIMITS[0][0]):
        browser = client if n % 2 else Client(REMOTE_ADDR=f"10.0.0.{n}")
        password(browser)
        assert "不对" in browser.post(CODE, {"code": "000000"}).content.decode()
    for right in (code_at(secret), codes[0]):
        page = client.post(CODE, {"code": right})
        assert (page.status_code, is_in(client)) == (409, False)
        assert "输错的次数太多了" in page.content.decode()


def test_a_limit_ends_with_its_period_and_the_day_has_one_of_its_own(cast, monkeypatch):
    """With periods that a test can wait for: a cache outside of this process has its own clock."""
    secret, _codes = equip(cast.agent)
    monkeypatch.setattr(actions, "LIMITS", ((2, 1), (4, actions.DAY)))

    def guess(code: str) -> str:
        try:
            actions.use_second_factor(cast.agent, actor=cast.agent, code=code)
        except ActionError as refused:
            return "many" if "次数太多" in refused.message else "wrong"
        return "right"

    assert [guess("000000") for _ in range(3)] == ["wrong", "wrong", "many"]
    time.sleep(1.1)
    assert [guess("000000"), guess(code_at(secret))] == ["wrong", "right"]
    assert [guess("000000") for _ in range(2)] == ["wrong", "wrong"]  # from nought again
    time.sleep(1.1)
    assert [guess("000000") for _ in range(2)] == ["wrong", "wrong"]
    time.sleep(1.1)
    assert guess(code_at(secret, 1)) == "many"


def test_a_reset_lets_in_whom_somebody_else_has_locked_out(client, cast, moment, required):
    equip(cast.agent)
    for _guess in range(actions.LIMITS[0][0] + 1):
        with pytest.raises(ActionError):
            actions.use_second_factor(cast.agent, actor=cast.agent, code="000000")
    actions.reset_second_factor(cast.agent, actor=cast.administrator, reason="被人锁住")
    password(client)
    secret = secret_on(client.get(FIRST))
    client.post(FIRST, {"code": code_at(secret)})
    moment(1)
    again = Client()
    password(again)
    assert again.post(CODE, {"code": code_at(secret)}).status_code == 302


def test_the_right_code_forgets_the_wrong_ones(client, cast, moment):
    secret, _codes = equip(cast.agent)
    for _day in range(3):
        browser = Client()
        password(browser)
        for _guess in range(actions.LIMITS[0][0] - 1):
            browser.post(CODE, {"code": "000000"})
        assert browser.post(CODE, {"code": code_at(secret)}).status_code == 302
        moment(1)


def test_leaving_begins_with_the_password_again(client, cast, moment):
    equip(cast.agent)
    password(client)
    assert client.get(SIGN_IN).url == CODE  # where it stopped
    assert client.post(CODE, {"leave": "1"}).url == SIGN_IN
    assert client.get(SIGN_IN).status_code == 200
    assert client.get(CODE).url == SIGN_IN


def test_after_a_quarter_of_an_hour_the_password_is_asked_again(client, cast, moment):
    secret, _codes = equip(cast.agent)
    password(client)
    moment(31)
    late = client.post(CODE, {"code": code_at(secret)}, follow=True)
    assert late.redirect_chain == [(SIGN_IN, 302)]
    assert "请重新输入密码" in late.content.decode()


@pytest.mark.parametrize("change", ["password", "deactivated", "reset"])
def test_what_changes_the_account_ends_a_sign_in_under_way(client, cast, moment, change):
    secret, _codes = equip(cast.agent)
    password(client)
    if change == "password":
        set_password(cast.agent, actor=cast.administrator, password="another long one")
    elif change == "deactivated":
        deactivate_person(cast.agent, actor=cast.administrator)
    else:
        actions.reset_second_factor(cast.agent, actor=cast.administrator, reason="丢失")
    assert client.post(CODE, {"code": code_at(secret)}).url == SIGN_IN
    assert not is_in(client)


def test_a_factor_whose_row_is_gone_lets_nobody_in(client, cast, moment):
    secret, _codes = equip(cast.agent)
    Authenticator.objects.all().delete()
    assert password(client).url == CODE
    assert client.post(CODE, {"code": code_at(secret)}).status_code == 409


@pytest.mark.parametrize("address", [CODE, FIRST])
def test_nobody_begins_in_the_middle(client, cast, address):
    assert client.get(address).url == SIGN_IN
    assert client.post(address, {"code": "123456"}).url == SIGN_IN
    password(client)
    assert client.get(address).url == "/landing/"


def test_signing_in_with_a_code_leaves_a_planted_session(client, cast, moment):
    secret, _codes = equip(cast.agent)
    password(client)
    planted = client.cookies["sessionid"].value
    client.post(CODE, {"code": code_at(secret)})
    other = Client()
    other.cookies["sessionid"] = planted
    assert (is_in(client), is_in(other)) == (True, False)


# --- Setting up ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", STAFF)
def test_staff_set_one_up_before_anything_else(client, cast, moment, required, role):
    assert password(client, role, next="/accounts/password/").url == FIRST
    assert not is_in(client)
    page = client.get(FIRST)
    secret = secret_on(page)
    assert opened(client.session["pending_second_factor"][1]) == secret
    assert secret not in str(dict(client.session))
    wrong = client.post(FIRST, {"code": "000000"})
    assert (wrong.status_code, secret_on(wrong)) == (409, secret)  # what was scanned stays right
    done = client.post(FIRST, {"code": code_at(secret)})
    assert len(set(codes_on(done))) == 10
    assert 'href="/accounts/password/"' in done.content.decode()
    assert "no-store" in done["Cache-Control"]
    assert is_in(client)
    assert client.get("/accounts/password/").status_code == 200
    moment(1)
    other = Client()
    assert password(other, role).url == CODE
    assert other.post(CODE, {"code": code_at(secret)}).status_code == 302
    assert verbs() == ["person.second_factor_set_up"]


def test_customers_need_none(client, cast, required):
    assert password(client, "customer").url == "/landing/"
    assert client.get("/tickets/mine/").status_code == 200
    assert "没有设置" in client.get(SECURITY).content.decode()


def test_a_customer_may_set_one_up(client_of, client, cast, moment, required):
    customer, elsewhere = client_of("customer"), client_of("customer")
    secret = secret_on(customer.get(SET_UP))
    typed = {"code": code_at(secret), "own_password": PASSWORD}
    refused = customer.post(SET_UP, typed | {"own_password": "a guess"})
    assert list(refused.context["form"].errors) == ["own_password"]
    assert f'value="{typed["code"]}"' in refused.content.decode()
    assert len(codes_on(customer.post(SET_UP, typed))) == 10
    assert customer.get("/tickets/mine/").status_code == 200  # here they showed it
    assert elsewhere.get("/tickets/mine/").status_code == 302  # there they did not
    assert customer.get(SET_UP).url == SECURITY
    assert password(client, "customer").url == CODE


def test_an_invitation_to_set_up_belongs_to_one_person(client, cast, moment, required):
    """A secret that somebody made in this browser before must not become another's."""
    password(client, "agent")
    planted = secret_on(client.get(FIRST))
    client.post(FIRST, {"leave": "1"})
    password(client, "supervisor")
    assert secret_on(client.get(FIRST)) != planted


def test_the_picture_says_what_is_typed(client_of, cast):
    page = client_of("customer").get(SET_UP)
    picture = page.context["picture"]
    secret = secret_on(page)
    address = f"otpauth://totp/customer?secret={secret}&issuer=Helpdesk"
    assert picture == picture_of(address) != picture_of(address + "x")
    assert f'd="{picture.path}"' in page.content.decode()
    assert len(base64.b32decode(secret)) == 20


def test_setting_up_twice_is_a_conflict(cast, moment):
    equip(cast.agent)
    with pytest.raises(ActionError, match="已经设置好了"):
        actions.set_up_second_factor(cast.agent, actor=cast.agent, secret="x", counter=1)


# --- Until then: nobody --------------------------------------------------------------------------
@pytest.mark.parametrize("role", STAFF)
def test_a_session_without_it_opens_nothing(client_of, cast, settings, role):
    client = client_of(role)
    chat = reverse("api-1:conversation-messages", kwargs=own(cast))
    assert client.get(chat).status_code == (404 if role == "administrator" else 200)  # chats are not theirs
    settings.SECOND_FACTOR_REQUIRED = True
    for path in ("/landing/", "/tickets/queue/", "/people/", "/quality/", "/knowledge/", SECURITY, SET_UP):
        assert client.get(path).url.startswith(SIGN_IN), path
        fragment = client.get(path, headers={"HX-Request": "true"})
        assert fragment.status_code == 401, path
    assert client.get("/").context["user"].is_anonymous
    refused, stranger = client.get(chat), Client().get(chat)
    assert (refused.status_code, refused.content) == (401, stranger.content)


@pytest.mark.deep
@pytest.mark.parametrize(("row", "role"), [(r, STAFF[n % 4]) for n, r in enumerate(ACCESS)], ids=str)
def test_every_address_answers_them_as_it_answers_strangers(row: Row, role, cast, client_of, settings):
    kwargs = row.kwargs(cast) if row.kwargs else {}
    client = client_of(role)
    settings.SECOND_FACTOR_REQUIRED = True
    address = reverse(row.name, kwargs=kwargs)
    send = {"GET": client.get, "POST": client.post}.get(row.method)
    answer = send(address, row.data) if send else client.generic(row.method, address)
    assert answer.status_code == row.expected()["anonymous"]


@pytest.mark.django_db(transaction=True)
async def test_sockets_know_them_as_strangers(cast, settings):
    settings.SOCKET_CHECK_SECONDS = 0.05
    async with hints(cast.agent) as page, desk_door(cast.agent) as desk:
        settings.SECOND_FACTOR_REQUIRED = True
        assert await page.until_closed() == {"type": "closed", "code": 4401}
        assert await desk.until_closed() == {"type": "closed", "code": 4401}
    async with hints(cast.agent) as page:
        assert await page.next() == {"type": "closed", "code": 4403}


@pytest.mark.django_db(transaction=True)
async def test_a_sign_in_under_way_opens_no_socket(cast):
    await sync_to_async(equip)(cast.agent)
    client = Client()
    await sync_to_async(password)(client)
    cookie = (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())
    for path in ("/ws/hints/", "/ws/desk/"):
        async with door(path, (cookie,)) as stranger:
            assert await stranger.next() == {"type": "closed", "code": 4403}


def test_who_joins_the_staff_sets_one_up(client_of, cast, required):
    client = client_of("customer")
    assert client.get("/tickets/mine/").status_code == 200
    change_role(cast.customer, actor=cast.administrator, role="agent", team=None)
    assert not is_in(client)
    assert password(client, "customer").url == FIRST


def test_it_is_asked_for_unless_the_environment_says_no(cast, settings):
    people = [cast.by_role(role) for role in ("customer", *STAFF)]
    for asked in (True, False):
        settings.SECOND_FACTOR_REQUIRED = asked
        lacking = [person for person in people if lacks_second_factor(person)]
        assert lacking == [person for person in people if asked and is_staff(person)]


# --- One's own page ------------------------------------------------------------------------------
@pytest.fixture
def mine(client, cast, moment):
    """The agent, signed in with a code, two codes later; the secret and the recovery codes."""
    secret, codes = equip(cast.agent)
    password(client)
    client.post(CODE, {"code": code_at(secret)})
    moment(2)
    return secret, codes


def typed_with(secret: str, **more: str) -> dict[str, str]:
    return {"code": code_at(secret), "own_password": PASSWORD, **more}


def test_the_page_says_since_when_and_how_many_codes_are_left(client, cast, mine):
    secret, codes = mine
    page = client.get(SECURITY).content.decode()
    assert "2026-11-26 12:00" in page and "<dd>10</dd>" in page
    assert secret not in page.replace(" ", "") and not any(code in page for code in codes)
    assert SECURITY in client.get("/accounts/password/").content.decode()
    for code in codes[:8]:
        actions.use_second_factor(cast.agent, actor=cast.agent, code=code)
    page = client.get(SECURITY).content.decode()
    assert "<dd>2</dd>" in page and "恢复码快用完了" in page


def test_new_recovery_codes_take_the_place_of_the_old_ones(client, cast, mine):
    secret, old = mine
    page = client.post(f"{SECURITY}recovery-codes/", typed_with(secret))
    new = [code.replace(" ", "") for code in codes_on(page)]
    assert len(new) == 10 and not set(new) & set(old)
    file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)"', page.content.decode())
    assert file
    lines = unquote(unescape(file[1])).splitlines()
    assert [line.replace(" ", "") for line in lines] == ["agent", *new]
    with pytest.raises(ActionError):
        actions.use_second_factor(cast.agent, actor=cast.agent, code=old[0])
    actions.use_second_factor(cast.agent, actor=cast.agent, code=new[0])
    entry = AuditEntry.objects.get(verb="person.recovery_codes_made")
    assert entry.data == {"code": "***"}
    assert client.get(f"{SECURITY}recovery-codes/").status_code == 405


@pytest.mark.parametrize("verb", ["recovery-codes", "remove"])
@pytest.mark.parametrize("field", ["code", "own_password"])
@pytest.mark.parametrize("typed", ["", "999999", "\0", "长" * 20_000, "👨‍👩‍👧\u202e"])
def test_both_need_what_signing_in_needs(client, mine, verb, field, typed):
    secret, _codes = mine
    page = client.post(f"{SECURITY}{verb}/", typed_with(secret) | {field: typed})
    assert page.status_code in (400, 409)
    form = page.context["remove_form" if verb == "remove" else "codes_form"]
    assert list(form.errors) == [field]
    assert field == "own_password" or typed.replace("\0", "") in page.content.decode()
    assert "person.second_factor_removed" not in verbs()
    assert "person.recovery_codes_made" not in verbs()
    assert is_in(client)


def test_a_code_is_not_spent_by_a_form_that_is_refused(client, mine):
    secret, _codes = mine
    typed = typed_with(secret)
    client.post(f"{SECURITY}remove/", typed | {"own_password": "a guess"})
    assert client.post(f"{SECURITY}remove/", typed).status_code == 302


def test_remove_second_factor_of_one_s_own(client, cast, mine, django_capture_on_commit_callbacks):
    secret, _codes = mine
    elsewhere = Client()
    password(elsewhere)
    elsewhere.post(CODE, {"code": code_at(secret, -1)})
    assert is_in(elsewhere)
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(f"{SECURITY}remove/", typed_with(secret), follow=True)
    assert "已解除双重验证" in done.content.decode() and "没有设置" in done.content.decode()
    assert not Authenticator.objects.exists()
    assert not is_in(elsewhere)
    assert password(Client()).url == "/landing/"
    assert verbs()[-1] == "person.second_factor_removed"
    assert [letter.to for letter in mail.outbox] == [[cast.agent.email]]


def test_staff_who_remove_theirs_set_up_another_at_once(client, cast, mine, required):
    secret, _codes = mine
    done = client.post(f"{SECURITY}remove/", typed_with(secret), follow=True)
    assert done.redirect_chain[-1][0].startswith(SIGN_IN)
    assert "请重新登录，并设置新的" in done.content.decode()
    assert password(client).url == FIRST


def test_nobody_does_any_of_it_to_somebody_else(cast, moment):
    secret, _codes = equip(cast.agent)
    for actor in (cast.other_agent, cast.administrator, cast.supervisor):
        for attempt in (
            lambda actor=actor: actions.use_second_factor(cast.agent, actor=actor, code=code_at(secret)),
            lambda actor=actor: actions.make_recovery_codes(cast.agent, actor=actor, code=code_at(secret)),
            lambda actor=actor: actions.remove_second_factor(cast.agent, actor=actor, code=code_at(secret)),
            lambda actor=actor: actions.set_up_second_factor(
                cast.customer, actor=actor, secret=secret, counter=1
            ),
        ):
            with pytest.raises(ActionForbidden):
                attempt()


# --- A lost device -------------------------------------------------------------------------------
RESET = {"reason": "手机丢失，已当面核对本人", "own_password": PASSWORD}


def test_reset_second_factor_of_somebody_who_lost_it(
    client, client_of, cast, mine, django_capture_on_commit_callbacks
):
    admin = client_of("administrator")
    address = f"/people/{cast.agent.pk}/"
    assert f'action="{address}second-factor/reset/"' in admin.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        page = admin.post(f"{address}second-factor/reset/", RESET, follow=True).content.decode()
    assert "已解除 丙坐席 的双重验证" in page
    assert f'action="{address}second-factor/reset/"' not in page
    assert not is_in(client)
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(verb="person.second_factor_reset")
    assert (entry.actor, entry.target_id) == (cast.administrator, str(cast.agent.pk))
    assert (entry.data, "手机丢失" in entry.sealed.texts) == ({"reason": "<12 characters>"}, True)
    letter = mail.outbox[-1]
    assert (letter.to, "管理员解除了" in letter.body) == ([cast.agent.email], True)
    assert "手机丢失" not in letter.body


@pytest.mark.parametrize(("field", "value"), [("reason", ""), ("reason", "长" * 301), ("own_password", "no")])
def test_a_reset_that_is_refused(client_of, cast, moment, field, value):
    equip(cast.agent)
    address = f"/people/{cast.agent.pk}/second-factor/reset/"
    page = client_of("administrator").post(address, RESET | {field: value})
    assert (page.status_code, list(page.context["reset"].errors)) == (400, [field])
    assert field != "own_password" or RESET["reason"] in page.content.decode()
    assert f'href="#reset_{field}"' in page.content.decode()
    assert User.objects.get(pk=cast.agent.pk).second_factor_since


def test_there_must_be_one_and_not_one_s_own(client_of, cast, moment):
    admin = client_of("administrator")
    address = "/people/{}/second-factor/reset/"
    assert admin.post(address.format(cast.agent.pk), RESET).status_code == 409
    equip(cast.administrator)
    with pytest.raises(ActionError, match="登录安全"):
        actions.reset_second_factor(cast.administrator, actor=cast.administrator, reason="x")


@pytest.mark.parametrize("role", ["customer", "agent", "supervisor", "analyst"])
def test_only_administrators_reset(cast, moment, role):
    equip(cast.other_agent)
    with pytest.raises(ActionForbidden):
        actions.reset_second_factor(cast.other_agent, actor=cast.by_role(role), reason="x")


@pytest.mark.django_db(transaction=True)
async def test_a_reset_ends_the_sockets(cast):
    await sync_to_async(equip)(cast.agent)
    async with hints(cast.agent) as page, hints(cast.supervisor) as other:
        await page.say(type="ping")
        await page.next()
        reset = sync_to_async(actions.reset_second_factor)
        await reset(cast.agent, actor=cast.administrator, reason="丢失")
        assert await page.next() == {"type": "closed", "code": 4401}
        await other.nothing()


def test_the_last_administrator_is_let_in_from_the_command_line(client, cast, moment, required):
    equip(cast.administrator)
    out = io.StringIO()
    call_command("reset_second_factor", "administrator", reason="手机丢失", stdout=out)
    assert "administrator signs in with the password alone now" in out.getvalue()
    entry = AuditEntry.objects.get(verb="person.second_factor_reset")
    assert (entry.actor_label, entry.data) == ("system:setup", {"reason": "<4 characters>"})
    assert password(client, "administrator").url == FIRST


@pytest.mark.parametrize("username", ["nobody", "agent", "system:setup"])
@pytest.mark.parametrize("reason", ["手机丢失", " "])
def test_the_command_says_what_it_cannot_do(cast, username, reason):
    User.system("setup")
    with pytest.raises(CommandError):
        call_command("reset_second_factor", username, reason=reason)
    assert verbs() == []


# --- At rest -------------------------------------------------------------------------------------
def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator ORDER BY id")
        return " ".join(str(row[0]) for row in cursor.fetchall())


def test_no_secret_stands_in_the_database(cast, moment):
    secret, codes = equip(cast.agent)
    kept = stored()
    assert kept.count("gAAAA") == 2
    assert secret not in kept and not any(code in kept for code in codes)
    bodies = " ".join(AuditEntry.objects.values_list("body", flat=True))
    assert secret not in bodies and not any(code in bodies for code in codes)
    entry = AuditEntry.objects.get(verb="person.second_factor_set_up")
    assert entry.data["secret"] == "***" and not hasattr(entry, "sealed")


def test_a_new_key_reads_what_the_old_one_wrote_and_writes_from_then_on(cast, moment, settings):
    secret, codes = equip(cast.agent)
    old, settings.DATA_KEYS = settings.DATA_KEYS, [Fernet.generate_key().decode(), *settings.DATA_KEYS]
    actions.use_second_factor(cast.agent, actor=cast.agent, code=code_at(secret))
    actions.use_second_factor(cast.agent, actor=cast.agent, code=codes[0])
    newest = Fernet(settings.DATA_KEYS[0])
    device, recovery = Authenticator.objects.order_by("pk")
    assert newest.decrypt(device.data["secret"].encode()).decode() == secret
    assert newest.decrypt(recovery.data["seed"].encode())
    settings.DATA_KEYS = old
    moment(1)
    with pytest.raises(InvalidToken):
        actions.use_second_factor(cast.agent, actor=cast.agent, code=code_at(secret))


# --- At the same moment --------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_two_who_show_one_code_at_once_one_gets_in(cast, kind):
    secret, codes = equip(cast.agent)
    code, got, start = code_at(secret) if kind == "app" else codes[0], [], threading.Barrier(4)

    def show() -> None:
        start.wait()
        try:
            actions.use_second_factor(cast.agent, actor=cast.agent, code=code)
            got.append("in")
        except ActionError:
            got.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == ["in", "refused", "refused", "refused"]
