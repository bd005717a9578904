"""A contestant in a process of its own, which answers every line it is given with a line of JSON."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any


class Asked:
    """``read`` raises RuntimeError when the process has ended."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.process = subprocess.Popen(  # noqa: S603
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        return dict(json.loads(line))

    def ask(self, page: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        print(page, file=self.process.stdin, flush=True)
        return self.read()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
