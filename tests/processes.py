"""Starts what operators start, as real processes, and leaves none behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

SETTINGS = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "fasttrack" / "settings.py").read_text()))
OURS = SETTINGS | {"PORT", "DJANGO_SETTINGS_MODULE"}


def environment(**given: str | Path) -> dict[str, str]:
    """This machine's environment without any setting of ours but those given; our programs come first."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return clean | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | {k: str(v) for k, v in given.items()}


def run(argv: list[str], env: Mapping[str, str], *, timeout: float = 300) -> subprocess.CompletedProcess:
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout, check=False)


@contextmanager
def started(argv: list[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """The process runs inside the block, in a group of its own that ends with the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        for sign, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, sign)
                process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def until(holds: Callable[[], object], *, seconds: float = 120, what: str, log: Path | None = None) -> object:
    """Asks again and again; gives up with the end of the log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := holds():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"Not within {seconds:g} s: {what}." + (f"\n{log.read_text()[-3000:]}" if log else ""))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
