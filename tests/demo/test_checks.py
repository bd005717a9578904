"""Production says no to the demonstration, and says why; to anything else it says nothing."""

import pytest
from django.core import checks, management
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from helpdesk.core.models import User
from helpdesk.demo.checks import no_demonstration_in_production, refuse_demonstration

pytestmark = pytest.mark.django_db


@pytest.fixture
def invented() -> User:
    return User.objects.create_user("agent", "agent@demo.invalid", "helpdesk-demo", name="演示客服甲")


def test_production_refuses_and_says_why(invented, settings):
    settings.PRODUCTION = True
    (found,) = no_demonstration_in_production()
    assert (found.level, found.id) == (checks.ERROR, "helpdesk.demo.E001")
    assert "password is public (sign-ins: agent)" in found.msg
    with pytest.raises(ImproperlyConfigured, match="holds the demonstration"):
        refuse_demonstration()


def test_check_deploy_fails(invented, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match=r"helpdesk\.demo\.E001"):
        management.call_command("check", deploy=True, databases=["default"])


def test_production_without_it_starts(cast, settings):
    settings.PRODUCTION = True
    assert no_demonstration_in_production() == []
    refuse_demonstration()


def test_the_demonstration_itself_starts(invented):
    assert no_demonstration_in_production() == []
    refuse_demonstration()


def test_strangers_with_its_names_are_left_alone(cast):
    before = User.objects.count()
    with pytest.raises(CommandError, match="agent"):
        management.call_command("load_demo")
    assert User.objects.count() == before
