"""Serve the desk: ``python -m helpdesk.server --port 8000`` (deploy/README.md)."""

import argparse
from collections.abc import Callable
from importlib import import_module


def run_server(
    host: str, port: int, ready: Callable[[], None] | None = None, application: str = "helpdesk.asgi"
) -> None:
    """Until SIGTERM or Ctrl-C."""
    # Imported here: daphne installs its Twisted reactor on import, which only a server process wants.
    from helpdesk.core.server import Server  # noqa: PLC0415

    served = import_module(application).application
    from faq.live import live_index  # noqa: PLC0415  # its models need the application set up

    live_index.follow()
    Server(served, host, port, ready).run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--application", default="helpdesk.asgi", help="the module that has it")
    options = parser.parse_args()
    run_server(options.host, options.port, application=options.application)


if __name__ == "__main__":
    main()
