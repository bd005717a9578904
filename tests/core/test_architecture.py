"""The layers hold, functions included; nothing slips past the ORM or the sanitiser."""

import ast
import subprocess
import sys
from pathlib import Path

from django.conf import settings

PACKAGES = ("helpdesk", "faq", "tickets", "chat", "quality")
BANNED = {"mark_safe", "RawSQL", "raw", "extra"}
# Where one of them is right, and why.
ALLOWED = {
    ("faq/markdown.py", "mark_safe"),  # what nh3 has just sanitised
    ("faq/structured.py", "mark_safe"),  # JSON without <, > and &
    ("helpdesk/core/widgets.py", "mark_safe"),  # every value in it was escaped one by one
}


def sources() -> list[Path]:
    found = [p for name in PACKAGES for p in (Path(settings.BASE_DIR) / name).rglob("*.py")]
    assert len(found) > 100, "looked at too little to mean anything"
    return found


def test_architecture_contracts():
    result = subprocess.run(  # noqa: S603
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts: 3 kept, 0 broken." in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


def test_nothing_bypasses_the_orm_or_the_escaping():
    used = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                if name in BANNED:
                    used.add((path.relative_to(settings.BASE_DIR).as_posix(), name))
    assert used == ALLOWED


def test_no_template_marks_text_safe():
    templates = list((Path(settings.BASE_DIR) / "templates").rglob("*.*"))
    assert len(templates) > 50
    assert [p.name for p in templates if "|safe" in p.read_text("utf-8")] == []
