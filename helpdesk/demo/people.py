"""Teams and sign-ins of the demonstration."""

import datetime as dt

from django.contrib.auth.hashers import make_password

from helpdesk.core.models import WORKERS, Presence, Role, Shift, Staffing, Team, User
from helpdesk.demo.content import read
from helpdesk.demo.telling import Desk

# A reserved top-level domain: no such address can exist, and no real account has one (see checks).
SHIFT, WORKDAYS = "09:00-12:00 13:30-18:00", 5
DOMAIN = "demo.invalid"
PASSWORD = "helpdesk-demo"  # noqa: S105  # published on purpose; checks.py keeps it out of production


def demonstration_people() -> list[str]:
    """The sign-ins of the demonstration that exist here."""
    found = User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk")
    return list(found.values_list("username", flat=True))


def taken_names() -> list[str]:
    """Names that the demonstration needs and that belong to somebody else."""
    people = read("people")
    wanted = [person["username"] for person in [*people["staff"], people["customer"]]]
    return sorted(User.objects.filter(username__in=wanted).values_list("username", flat=True))


def open_desk(now: dt.datetime) -> Desk:
    people = read("people")
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in people["teams"]}
    secret = make_password(PASSWORD)  # once: it is slow by design, and it is the same for all
    joined = now - dt.timedelta(days=400)

    def person(username: str, name: str, role: str, team: str = "", phone: str = "") -> User:
        return User.objects.create(
            username=username,
            email=f"{username}@{DOMAIN}",
            password=secret,
            name=name,
            role=role,
            team=teams.get(team),
            phone=phone,
            date_joined=joined,
        )

    staff = {raw["username"]: person(**raw) for raw in people["staff"]}
    for member in staff.values():
        if member.role in WORKERS:
            Staffing.objects.create(user=member, presence=Presence.ON, presence_at=joined, capacity=4)
            Shift.objects.bulk_create(Shift(user=member, weekday=day, spans=SHIFT) for day in range(WORKDAYS))
    User.objects.filter(pk=staff["supervisor"].pk).update(senior=True)
    staff["supervisor"].senior = True
    customer = person(**people["customer"], role=Role.CUSTOMER, phone="13800000001")
    customer.customer_ref = "DEMO-0001"  # see helpdesk/demo/ledger.py
    customer.save()
    return Desk(now=now, staff=staff, customer=customer)
