"""django-helpdesk and escalated-django beside ours: list, search and a ticket's page over the same cases.

    python -m benchmarks.bench_peers [--cases 10000] [--articles 500] [--rounds 15] [--packages FOLDER]

The peers are installed from the registry into an environment of their own. All three run on SQLite in
processes of their own and are asked in turn, so that a noisy minute hits all alike. A time is the whole
request in the application, with every request that a browser needs to show the page. ``--articles`` are in
the help centre of each; django-helpdesk's list reads them one by one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from benchmarks.asked import Asked

PEERS = {"django-helpdesk": 10, "escalated-django": 5}  # how many times faster ours has to be
PAGES = ("list", "search", "ticket")
OURS = {
    "list": "/tickets/queue/",
    "search": "/tickets/queue/?state=any&text=征信记录",
    "ticket": "/tickets/{case}/",
}


def contestant(name: str, command: list[str], **more: str) -> Asked:
    """Ready to be asked; never on the database of the environment."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    started = Asked(name, command, kept | more)
    started.read()
    return started


# --- Ours, in a process of its own ----------------------------------------------------------------
def serve(cases: int, articles: int, file: Path) -> None:
    """Fill the database, write its cases where the peers read them, then answer page by page."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.bench_tickets import answer  # noqa: PLC0415
    from benchmarks.ticket_data import fill, one_by_hand  # noqa: PLC0415
    from faq.models import Article  # noqa: PLC0415
    from tickets.models import Ticket  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    fill(cases)
    rows = Ticket.objects.select_related("assignee").order_by("pk")
    file.write_text("".join(_line(row) for row in rows), "utf-8")
    Article.objects.bulk_create(Article(slug=f"q-{n}", question=f"问题 {n}") for n in range(articles))
    case = one_by_hand().number
    print(json.dumps({"ready": True}), flush=True)
    answer({page: ("chief", path.replace("{case}", case)) for page, path in OURS.items()})


def _line(case: Any) -> str:
    fields = {
        "number": case.number,
        "narrative": case.narrative,
        "open": case.is_open,
        "assignee": case.assignee.username,
        "received_at": case.received_at.isoformat(),
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


def installed(folder: Path) -> Path:
    """The Python of an environment that has both peers."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)  # noqa: S603
    return python


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--packages", type=Path, help="where the peers' environment is kept")
    parser.add_argument("--serve", type=Path)
    options = parser.parse_args()
    if options.serve:
        serve(options.cases, options.articles, options.serve)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(options.packages or folder / "venv")
        found = compete(folder, python, options.cases, options.articles, options.rounds)
    report(options, found)
    return 0


def compete(folder: Path, python: Path, cases: int, articles: int, rounds: int) -> dict[str, Any]:
    """Median milliseconds and queries by contestant and page; the first round only warms up."""
    ours = [sys.executable, "-m", "benchmarks.bench_peers", "--serve", str(folder / "cases.jsonl")]
    ours += ["--cases", str(cases), "--articles", str(articles)]
    environment = {"HELPDESK_MODE": "demo", "HELPDESK_DATA_DIR": f"{folder}/ours"}
    contestants: list[Asked] = []
    times: dict[str, dict[str, list[dict[str, Any]]]] = {}
    try:
        contestants.append(contestant("ours", ours, **environment))
        for peer in PEERS:
            own = folder / peer
            own.mkdir()
            (own / "cases.jsonl").symlink_to(folder / "cases.jsonl")
            script = str(Path(__file__).with_name("peer_desk.py"))
            contestants.append(contestant(peer, [str(python), script, peer, str(own), str(articles)]))
        for turn in range(rounds + 1):
            for page in PAGES:
                for one in contestants:
                    found = one.ask(page)
                    if turn:
                        times.setdefault(one.name, {}).setdefault(page, []).append(found)
    finally:
        for one in contestants:
            one.end()
    return times


def report(options: argparse.Namespace, times: dict[str, Any]) -> None:
    print(f"SQLite, {options.cases:,} cases, {options.articles} articles; median ms a page (queries)")
    print(f"{'':20}" + "".join(f"{page:>20}" for page in PAGES))
    medians = {
        name: {page: statistics.median(one["ms"] for one in pages[page]) for page in PAGES}
        for name, pages in times.items()
    }
    for name, pages in times.items():
        cells = [
            f"{medians[name][page]:.1f} ({max(one['queries'] for one in pages[page])})" for page in PAGES
        ]
        print(f"{name:20}" + "".join(f"{cell:>20}" for cell in cells))
    for peer, least in PEERS.items():
        ratios = [medians[peer][page] / medians["ours"][page] for page in PAGES]
        cells = [f"{ratio:.1f}{'' if ratio >= least else ' (below)'}" for ratio in ratios]
        print(f"{peer + ' ÷ ours':20}" + "".join(f"{cell:>20}" for cell in cells) + f"   at least {least}")


if __name__ == "__main__":
    sys.exit(main())
