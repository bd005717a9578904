"""manage.py faq_eval on files small enough to count by hand; it never touches a database."""

import json

import pytest
from django.core.management import CommandError, call_command

ENTRIES = [
    {"id": "a", "question": "怎么还款", "variants": ["如何还钱"]},
    {"id": "b", "question": "忘记密码怎么办", "variants": []},
    {"id": "c", "question": "怎么投诉"},
]
KEYS = [
    "entries",
    "queries",
    "recall_at_1",
    "recall_at_5",
    "mrr_at_10",
    "p50_ms",
    "p99_ms",
    "index_s",
    "peak_mb",
]


@pytest.fixture
def run(tmp_path, capsys):
    def write(name, rows):
        path = tmp_path / name
        path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
        return str(path)

    def run(queries, entries=ENTRIES, *options):
        call_command("faq_eval", write("entries", entries), write("queries", queries), *options)
        return capsys.readouterr().out

    return run


def test_recall_is_counted_over_queries_that_have_an_answer(run):
    """Two right at once, one second (怎么投诉 is nearer to c), one unknown."""
    queries = [
        {"query": "怎么还款", "id": "a"},
        {"query": "密码忘记了", "id": "b"},
        {"query": "怎么投诉", "id": "a"},
        {"query": "怎么还款", "id": "nowhere"},
    ]
    figures = json.loads(run(queries, ENTRIES, "--json"))
    assert list(figures) == KEYS
    assert {k: figures[k] for k in KEYS[:5]} == {
        "entries": 3,
        "queries": 4,
        "recall_at_1": 0.5,
        "recall_at_5": 0.75,
        "mrr_at_10": 0.625,
    }
    assert all(figures[key] > 0 for key in KEYS[5:])


def test_queries_without_an_answer_add_two_figures(run):
    queries = [
        {"query": "怎么还款", "id": "a"},
        {"query": "今天天气", "id": None},
        {"query": "怎么投诉", "id": None},
    ]
    figures = json.loads(run(queries, ENTRIES, "--json"))
    assert list(figures) == [*KEYS, "no_answer_auc", "wrong_confident_rate"]
    assert (figures["recall_at_1"], figures["wrong_confident_rate"]) == (1, 0.5)
    assert 0.5 <= figures["no_answer_auc"] <= 1


def test_output_for_people_has_the_same_figures(run):
    lines = run([{"query": "怎么还款", "id": "a"}]).splitlines()
    assert [line.split()[0] for line in lines] == KEYS


def test_files_without_queries_or_with_blank_lines_are_fine(run):
    assert json.loads(run([""], ENTRIES, "--json"))["queries"] == 0
    assert (
        json.loads(run([{"query": "怎么还款\u2028", "id": "a"}, "", ""], ENTRIES, "--json"))["queries"] == 1
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not an object"),
        ('{"id": "a"}', "line 2: no 'query'"),
        ('{"query": "怎么"}', "line 2: no 'id'"),
        ('{"query": 3, "id": "a"}', "line 2: 'query' is a int"),
        ('{"query": "怎么", "id": []}', "line 2: 'id' is a list"),
    ],
)
def test_a_bad_line_is_named(run, line, said):
    with pytest.raises(CommandError, match=said):
        run([{"query": "怎么还款", "id": "a"}, line])


def test_bad_variants_are_named(run):
    with pytest.raises(CommandError, match="line 1: 'variants' is not a list of texts"):
        run([], [{"id": "a", "question": "怎么", "variants": "还款"}])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"absent\.jsonl: No such file"):
        call_command("faq_eval", str(tmp_path / "absent.jsonl"), str(tmp_path / "absent.jsonl"))
