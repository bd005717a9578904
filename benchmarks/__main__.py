"""Run every benchmark, one process each, and fail if one fails or none ran."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    modules = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    failed = []
    for name in modules:
        print(f"\n=== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:  # noqa: S603
            failed.append(name)
    print(f"\n{len(modules) - len(failed)} passed, {len(failed)} failed {' '.join(failed)}")
    return 1 if failed or not modules else 0


if __name__ == "__main__":
    raise SystemExit(main())
