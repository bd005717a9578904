"""The environment decides the mode; production refuses to start without its secrets."""

import os
import subprocess
import sys

from django.conf import settings


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("HELPDESK_MODE", "SECRET", "DATA_"))
    }
    return subprocess.run(
        [sys.executable, "-c", "import helpdesk.settings as s; print(s.MODE)"],
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
