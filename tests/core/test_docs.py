"""What the documents name exists: settings, commands, targets of make, files."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

BASE = Path(settings.BASE_DIR)
PAGES = [BASE / "README.md", *sorted((BASE / "docs").glob("*.md")), *sorted((BASE / "deploy").glob("*.md"))]
FILE = r"`([\w./-]+/[\w.*-]+\.(?:py|toml|css|js|html|jsonl|csv|md))`"


def found(pattern: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for match in re.finditer(pattern, page.read_text(encoding="utf-8")):
            yield page, match[1]


def test_every_setting_of_the_environment_is_on_the_page_of_a_real_desk():
    read = re.compile(r'(?:env\.\w+|kept_secret)\(\s*"(\w+)"')
    names = set(read.findall((BASE / "helpdesk" / "settings.py").read_text(encoding="utf-8"))) - {"DEBUG"}
    told = re.findall(r"`(\w+)(…?)", (BASE / "deploy" / "README.md").read_text(encoding="utf-8"))
    whole, beginnings = {name for name, more in told if not more}, [name for name, more in told if more]
    assert "DATABASE_URL" in names
    assert {n for n in names - whole if not n.startswith(tuple(beginnings))} == set()


def test_every_command_is_one():
    names = {name for _page, name in found(r"manage\.py (\w+)")}
    assert "verify_audit" in names
    assert names - set(get_commands()) == set()


def test_every_target_of_make_is_one():
    targets = re.findall(r"^(\w+):", (BASE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for _page, name in found(r"`make (\w+)")}
    assert "run" in names
    assert names - set(targets) == set()


def test_every_link_leads_somewhere():
    links = [(page, link) for page, link in found(r"\]\(([^)#]+)[^)]*\)") if "://" not in link]
    assert len(links) > 20
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_file_is_where_it_is_said_to_be():
    files = list(found(FILE))
    assert len(files) > 20
    there = {name for _page, name in files if any(BASE.glob(name)) or any(BASE.glob(f"*/{name}"))}
    assert [(page.name, name) for page, name in files if name not in there] == []


def test_every_code_of_the_protocol_is_sent():
    page = (BASE / "docs" / "chat-protocol.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^\| `(\w+)` \| (?:\d{3}|–) \|", page, re.MULTILINE))
    sources = [*(BASE / "chat").rglob("*.py"), *(BASE / "helpdesk" / "core").rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert len(codes) > 20
    assert {name for name in codes if f'"{name}"' not in code} == set()
