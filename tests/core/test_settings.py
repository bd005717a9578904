"""The environment decides the mode; production refuses to start without its secrets."""

import os
import subprocess
import sys
from ast import literal_eval

import pytest
from django.conf import settings

from helpdesk.core.checks import asks_staff_for_a_second_factor, knows_its_address


def start(*, shown: str = "MODE", **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HELPDESK_MODE", "SECRET", "DATA_", "SECOND_FACTOR"))
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"import helpdesk.settings as s; print(s.{shown})"],
        cwd=settings.BASE_DIR,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tests_run_in_test_mode():
    assert settings.MODE == "test"


def test_production_without_a_secret_key_refuses_and_says_why():
    result = start(HELPDESK_MODE="production")
    assert result.returncode == 1
    assert "SECRET_KEY must be set when HELPDESK_MODE=production" in result.stderr


def test_production_without_data_keys_refuses_and_says_why():
    result = start(HELPDESK_MODE="production", SECRET_KEY="x" * 60)
    assert result.returncode == 1
    assert "DATA_KEYS must be set when HELPDESK_MODE=production" in result.stderr


def test_an_unknown_mode_is_refused():
    result = start(HELPDESK_MODE="prod")
    assert result.returncode == 1
    assert "it must be demo, test or production" in result.stderr


def test_production_sends_the_ledger_token_only_over_https():
    secrets = dict.fromkeys(("SECRET_KEY", "DATA_KEYS", "ANCHOR_KEY"), "x" * 60)
    secrets["HELPDESK_MODE"] = "production"
    for url, token in (("http://ledger.example", "t"), ("https://ledger.example", "")):
        result = start(**secrets, LEDGER_URL=url, LEDGER_TOKEN=token)
        assert result.returncode == 1
        assert "LEDGER_URL must be https:// and needs LEDGER_TOKEN in production" in result.stderr
    assert start(**secrets, LEDGER_URL="https://ledger.example", LEDGER_TOKEN="t").returncode == 0


def test_what_the_database_address_says_stays():
    """``sslmode`` must not be lost to options of ours, in any mode."""
    for mode in ("test", "demo"):
        result = start(
            shown='DATABASES["default"]["OPTIONS"]',
            HELPDESK_MODE=mode,
            DATABASE_URL="postgres://desk@db.example/desk?sslmode=verify-full",
        )
        options = literal_eval(result.stdout)
        assert options["sslmode"] == "verify-full"
        assert options["options"] == "-c max_parallel_workers_per_gather=0"
        assert ("pool" in options) == (mode == "demo")


@pytest.mark.parametrize(
    ("url", "warned"), [("", True), ("http://help.example", True), ("https://help.example", False)]
)
def test_a_desk_that_does_not_know_its_address_is_told_before_a_letter_fails(settings, url, warned):
    settings.PUBLIC_URL = url
    assert knows_its_address() == []  # the demonstration has no other
    settings.PRODUCTION = True
    assert [found.id for found in knows_its_address()] == ["helpdesk.core.W001"] * warned


def test_staff_need_a_second_factor_everywhere_but_in_the_demonstration():
    secrets = dict.fromkeys(("SECRET_KEY", "DATA_KEYS", "ANCHOR_KEY"), "x" * 60)
    told = {
        mode: start(shown="SECOND_FACTOR_REQUIRED", HELPDESK_MODE=mode, **secrets).stdout.strip()
        for mode in ("production", "test", "demo")
    }
    assert told == {"production": "True", "test": "True", "demo": "False"}
    off = start(shown="SECOND_FACTOR_REQUIRED", SECOND_FACTOR_REQUIRED="false", **secrets)
    assert off.stdout.strip() == "False"


@pytest.mark.parametrize("required", [True, False])
def test_a_desk_that_trusts_passwords_alone_is_warned(settings, required):
    settings.SECOND_FACTOR_REQUIRED = required
    assert asks_staff_for_a_second_factor() == []  # the demonstration may
    settings.PRODUCTION = True
    found = [warning.id for warning in asks_staff_for_a_second_factor()]
    assert found == ["helpdesk.core.W002"] * (not required)
