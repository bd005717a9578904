"""Documents: Chinese text, what a person wrote stays text, nothing is read and nothing fetched."""

import re
from pathlib import Path

import pytest
import typst
from django.conf import settings

from helpdesk.core import pdf

TEMPLATES = Path(settings.BASE_DIR) / "templates"
EVIL = '#read("/etc/passwd") *x* `y` $z$ <a> @b #panic() \\ ] ) = \n= 标题\n\n- 一'


@pytest.fixture
def template(settings, tmp_path):
    """Writes a template into a folder with the real common part, and names it."""
    (tmp_path / "templates/core").mkdir(parents=True)
    common = (TEMPLATES / "core/document.typ").read_text("utf-8")
    (tmp_path / "templates/core/document.typ").write_text(common, "utf-8")
    settings.BASE_DIR = tmp_path

    def write(text: str) -> str:
        (tmp_path / "templates/t.typ").write_text(text, "utf-8")
        return "t.typ"

    return write


def test_render(template):
    name = template("= #data.title\n#words(data.text)\n#pairs(data.pairs)")
    made = pdf.render(name, {"title": "投诉处理决定书", "text": EVIL, "pairs": [["编号", EVIL]]})
    assert made.startswith(b"%PDF-1.7")
    assert made.rstrip().endswith(b"%%EOF")
    assert made == pdf.render(name, {"title": "投诉处理决定书", "text": EVIL, "pairs": [["编号", EVIL]]})


def test_a_table_of_many_rows_and_long_codes_goes_over_pages(template):
    name = template("#listing(data.head, data.rows, (20mm, 1fr), codes: (1,))")
    rows = [[f"{n}", "0123456789abcdef" * 8] for n in range(200)]
    pages = pdf.render_png(name, {"head": ["序号", "摘要"], "rows": rows}, ppi=20)
    assert len(pages) > 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_what_a_person_wrote_is_never_markup(template):
    plain = template("#words(data.text)")
    as_text = pdf.render_png(plain, {"text": "#[x]"})
    as_markup = template("#[x]")
    assert as_text != pdf.render_png(as_markup, {"text": ""})


def test_a_template_reads_no_file(template):
    with pytest.raises(typst.TypstError, match="file not found"):
        pdf.render(template('#read("/etc/passwd")'), {})


def test_marks_that_turn_the_reading_direction_are_made_visible(template):
    name = template("#words(data.text)")
    assert pdf.render_png(name, {"text": "a\u202eb"}) == pdf.render_png(name, {"text": "a〔U+202E〕b"})


def test_our_templates_evaluate_nothing_and_fetch_nothing():
    sources = {path.name: path.read_text("utf-8") for path in TEMPLATES.rglob("*.typ")}
    assert "document.typ" in sources
    for name, source in sources.items():
        assert not re.search(
            r"\beval\b|\bread\(|\bplugin\(|@preview|@local|\bimport\b|\binclude\b", source
        ), name
