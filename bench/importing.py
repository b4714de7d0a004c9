"""Imports a made playbook, and parses the Markdown of the same pages alone, in turn."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from bench.playbook import write_playbook  # noqa: E402
from playbook.bounded_markdown import bounded_parser  # noqa: E402
from playbook.importer import import_folder  # noqa: E402

ROUNDS = 5


def parse(folder: Path) -> None:
    """All that Markdown itself costs, with tables and bare links, as the desk shows pages."""
    markdown = bounded_parser(html=True, breaks=False)
    for page in sorted(folder.glob("*.md")):
        markdown.parse(page.read_text(encoding="utf-8"))


def main(pages: int, answer: Path) -> None:
    call_command("migrate", verbosity=0)
    times, lines = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS + 1):
            playbook = Path(folder) / str(number)
            lines = write_playbook(playbook, pages, seed=number)
            _empty_desk()
            times.append((_timed(import_folder, playbook), _timed(parse, playbook)))
    # The first round also loads modules.
    import_ms, parse_ms = (1000 * median(column) for column in zip(*times[1:], strict=True))
    answer.write_text(json.dumps({"pages": pages, "lines": lines, "import_ms": import_ms, "parse_ms": parse_ms}))


def _empty_desk() -> None:
    """As it is when its first playbook comes in."""
    call_command("flush", verbosity=0, interactive=False)
    with open("/dev/null", "w") as quiet:
        call_command("load_catalogue", stdout=quiet)


def _timed(do: Callable[[Path], object], folder: Path) -> float:
    started = time.perf_counter()
    do(folder)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[3]))
