"""What an administrator does to people and teams. Nobody does it to themselves."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.events import end_access
from helpdesk.core.models import Role, Team, User
from helpdesk.core.permissions import is_administrator, is_system, rule


@rule
def is_person(actor: Actor, row: User) -> bool:
    """System users are the machine's own; no one edits them."""
    return row.role != Role.SYSTEM


can_change_people = is_administrator & is_person


# The machine makes the first one: manage.py create_administrator.
@creation("person.created", allowed=is_administrator | is_system)
def create_person(
    *, actor: Actor, username: str, name: str, email: str, role: str, team: Team | None, password: str
) -> User:
    if role not in Role.values or role == Role.SYSTEM:
        raise ActionError(_("不能使用这个角色。"))
    try:
        with transaction.atomic():
            return User.objects.create_user(username, email, password, name=name, role=role, team=team)
    except IntegrityError as taken:
        raise ActionError(_("用户名“%(username)s”已经有人使用。") % {"username": username}) from taken


@action("person.role_changed", allowed=can_change_people)
def change_role(person: User, *, actor: Actor, role: str, team: Team | None) -> User:
    if role not in Role.values or role == Role.SYSTEM:
        raise ActionError(_("不能使用这个角色。"))
    if actor.pk == person.pk and role != person.role:
        raise ActionError(_("不能改变自己的角色，请另一位管理员来改。"))
    if role != Role.ADMINISTRATOR:
        _leave_one_administrator(person)
    person.role, person.team = role, team
    person.senior = person.senior and role == Role.SUPERVISOR
    person.save(update_fields=["role", "team", "senior"])
    end_access(person)
    return person


@rule
def is_a_supervisor(actor: Actor, row: User) -> bool:
    return row.role == Role.SUPERVISOR


@action("person.senior_set", allowed=can_change_people & is_a_supervisor)
def set_senior(person: User, *, actor: Actor, senior: bool) -> User:
    """Whether this supervisor approves what only a senior manager may: the exceptional extensions."""
    if person.senior == senior:
        raise ActionError(_("已经是这样了，没有改动。"))
    person.senior = senior
    person.save(update_fields=["senior"])
    return person


@rule
def is_a_customer(actor: Actor, row: User) -> bool:
    return row.role == Role.CUSTOMER


@action("person.linked", allowed=can_change_people & is_a_customer)
def link_customer(person: User, *, actor: Actor, customer_ref: str) -> User:
    """Say who this account is in the loan ledger; the empty reference unlinks it."""
    person.customer_ref = customer_ref
    try:
        with transaction.atomic():
            person.save(update_fields=["customer_ref"])
    except IntegrityError as taken:
        raise ActionError(_("这个客户号已经关联了另一个账号。")) from taken
    return person


@action("person.deactivated", allowed=can_change_people)
def deactivate_person(person: User, *, actor: Actor) -> User:
    """From the next request on the person is signed out; their name stays on what they did."""
    if actor.pk == person.pk:
        raise ActionError(_("不能停用自己的账号，请另一位管理员来操作。"))
    if not person.is_active:
        raise ActionError(_("这个账号已经停用。"))
    _leave_one_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_access(person)
    return person


@action("person.reactivated", allowed=can_change_people)
def reactivate_person(person: User, *, actor: Actor) -> User:
    if person.is_active:
        raise ActionError(_("这个账号已经在使用中。"))
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person


@rule
def works_here(actor: Actor, row: User) -> bool:
    return row.role != Role.CUSTOMER


@action("person.renamed", allowed=can_change_people & works_here)
def rename_person(person: User, *, actor: Actor, name: str, email: str) -> User:
    """What a colleague is called and signs in with, besides the username, which stays."""
    person.name, person.email = name, email
    person.save(update_fields=["name", "email", "email_token"])
    return person


@action("person.password_set", allowed=can_change_people)
def set_password(person: User, *, actor: Actor, password: str) -> User:
    """For somebody who has forgotten theirs; what is open under the old one ends."""
    if actor.pk == person.pk:
        raise ActionError(_("自己的密码请在“修改密码”里改。"))
    person.set_password(password)
    person.save(update_fields=["password"])
    end_access(person)
    return person


@creation("team.created", allowed=is_administrator)
def create_team(*, actor: Actor, name: str) -> Team:
    try:
        with transaction.atomic():
            return Team.objects.create(name=name)
    except IntegrityError as taken:
        raise ActionError(_("已经有一个叫“%(name)s”的团队。") % {"name": name}) from taken


def _leave_one_administrator(person: User) -> None:
    """Two administrators who remove each other at the same moment must not both succeed."""
    others = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    if person.role == Role.ADMINISTRATOR and not others.exclude(pk=person.pk).exists():
        raise ActionError(_("至少要有一位在用的管理员。"))
