"""``python -m bench``: every page at 300 and at 30,000 tenants, the import of 165 pages, searches in many notes,
the reminders of many series.

Each size runs in a process and on a database of its own: an SQLite file, or a fresh database on the
PostgreSQL server that ``DATABASE_URL`` names. Nothing stays behind. Ends with status 1 where a page costs
more than it may.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.report import import_table, note_table, page_table, sweep_table

ROOT = Path(__file__).resolve().parent.parent
FEW = 300
PARTS = ("pages", "importing", "notes", "sweeping")


def main() -> int:
    asked = _arguments()
    server, hold = "PostgreSQL" if asked.server else "SQLite", []
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        folder = Path(name)
        if "pages" in asked.only:
            sizes = {size: _measure(asked, folder, "pages", size) for size in (asked.few, asked.tenants)}
            print(f"\nPages on {server}, medians of {asked.rounds} rounds\n")
            hold.append(page_table(sizes))
        if "importing" in asked.only:
            imported = _measure(asked, folder, "importing", asked.pages)
            print(f"\nImport on {server}\n")
            hold.append(import_table(imported))
        if "notes" in asked.only:
            found = _measure(asked, folder, "notes", asked.notes)
            print(f"\nSearching notes on {server}, medians of {asked.rounds} rounds\n")
            hold.append(note_table(found))
        if "sweeping" in asked.only:
            swept = [_measure(asked, folder, "sweeping", size) for size in (asked.series // 10, asked.series)]
            print(f"\nPlanning reminders on {server}\n")
            hold.append(sweep_table(swept))
    return 0 if all(hold) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    many = int(os.environ.get("BENCH_TENANTS", 30_000))
    parser.add_argument("--tenants", type=int, default=many, help="The larger size; also BENCH_TENANTS.")
    parser.add_argument("--few", type=int, default=FEW, help="The smaller size.")
    parser.add_argument("--rounds", type=int, default=40, help="How often each page is asked for.")
    parser.add_argument("--pages", type=int, default=165, help="Pages of the made playbook.")
    parser.add_argument("--notes", type=int, help="Notes to search: 100,000 on SQLite, 1,000,000 on PostgreSQL.")
    series = int(os.environ.get("BENCH_SERIES", 100_000))
    parser.add_argument("--series", type=int, default=series, help="Open series of reviews; also BENCH_SERIES.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="What to measure; all by itself.")
    asked = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    asked.server = url if url.startswith(("postgres", "psql")) else ""
    asked.notes = asked.notes or (1_000_000 if asked.server else 100_000)
    return asked


def _measure(asked: argparse.Namespace, folder: Path, what: str, size: int) -> dict:
    """Runs one measurement by itself and reads what it found."""
    answer = folder / f"{what}-{size}.json"
    with _database(asked.server, folder / f"{what}-{size}.sqlite3") as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "DEMO_DATA": "1",
            "PRODUCTION": "",
            "REDIS_URL": "",
            "VAR_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "fasttrack.settings",
        }
        command = [sys.executable, "-m", f"bench.{what}", str(size), str(asked.rounds), str(answer)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return json.loads(answer.read_text())


@contextmanager
def _database(server: str, file: Path) -> Iterator[str]:
    if not server:
        yield f"sqlite:///{file}"
        return
    from tests.real_services import own_database

    with own_database() as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
