"""Set up and serve the demonstration: database, texts, FAQ, desk, worker, server."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from helpdesk.core.catalogues import compile_stale
from helpdesk.server import run_server
from tickets.classification.kept import shipped_model

HOST = "127.0.0.1"
ROOMS = [
    (_("客户 · 帮助中心"), "/"),
    (_("客户 · 在线客服"), "/chat/"),
    (_("客户 · 我要投诉"), "/tickets/new/"),
    (_("坐席 · 工单队列"), "/tickets/queue/"),
    (_("坐席 · 对话台"), "/chat/desk/"),
    (_("质量"), "/quality/"),
    (_("嵌入网页的客服窗口"), "/chat/embed/"),
    (_("设计系统"), "/design-system/"),
]
SIGN_INS = ["customer", "agent", "agent2", "supervisor", "supervisor2", "analyst", "administrator"]


class Command(BaseCommand):
    help = "Set everything up (once) and serve the demonstration on 127.0.0.1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-worker", action="store_true", help="serve without the job worker")

    def handle(self, *args: Any, port: int, no_worker: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("serve is for the demonstration; see deploy/README.md for production")
        refuse_taken_port(port)
        self.stdout.write(_now("正在准备演示（第一次约一分钟）…"))
        self.stdout.flush()
        compile_stale()
        call_command("migrate", verbosity=0)
        shipped_model()  # made once, in seconds; what people correct, the worker's daily job learns
        call_command("load_demo", stdout=self.stdout)
        call_command("schedule_jobs", verbosity=0)
        worker = None if no_worker else start_worker()
        try:
            run_server(HOST, port, lambda: self.announce(port))
        finally:
            if worker:
                stop_worker(worker)

    def announce(self, port: int) -> None:
        base = f"http://{HOST}:{port}"
        self.stdout.write("\n" + _now("演示已启动：%s　（Ctrl-C 停止）") % f"{base}/" + "\n")
        for label, path in ROOMS:
            self.stdout.write(f"  {base}{path:<18} {label}")
        names = ", ".join(SIGN_INS)
        self.stdout.write("\n  " + _now("登录名：%s　密码：%s") % (names, "helpdesk-demo"))
        self.stdout.flush()


def refuse_taken_port(port: int) -> None:
    """Say it now, in one sentence, instead of a traceback from the server later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {HOST} is taken ({error.strerror}). Choose another: make run PORT=8001"
            ) from error


def start_worker() -> "subprocess.Popen[bytes]":
    """The job worker is a process of its own, so that a long job never delays a page.

    In a session of its own, so that Ctrl-C reaches it once and in order: from us, when the server has ended.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603


def stop_worker(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    try:
        worker.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)  # jobs are idempotent: an unfinished one runs again
