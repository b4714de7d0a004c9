"""``python -m bench``: every page at 300 and at 30,000 tenants, the import of 165 pages, searches in many notes.

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

from bench.report import import_table, note_table, page_table

ROOT = Path(__file__).resolve().parent.parent
FEW = 300


def main() -> int:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        sizes = {size: _measure(asked, Path(folder), "pages", size) for size in (asked.few, asked.tenants)}
        imported = _measure(asked, Path(folder), "importing", asked.pages)
        found = _measure(asked, Path(folder), "notes", asked.notes)
    server = "PostgreSQL" if asked.server else "SQLite"
    print(f"\nPages on {server}, medians of {asked.rounds} rounds\n")
    pages_hold = page_table(sizes)
    print(f"\nImport on {server}\n")
    import_holds = import_table(imported)
    print(f"\nSearching notes on {server}, medians of {asked.rounds} rounds\n")
    notes_hold = note_table(found)
    return 0 if pages_hold and import_holds and notes_hold else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    many = int(os.environ.get("BENCH_TENANTS", 30_000))
    parser.add_argument("--tenants", type=int, default=many, help="The larger size; also BENCH_TENANTS.")
    parser.add_argument("--few", type=int, default=FEW, help="The smaller size.")
    parser.add_argument("--rounds", type=int, default=40, help="How often each page is asked for.")
    parser.add_argument("--pages", type=int, default=165, help="Pages of the made playbook.")
    parser.add_argument("--notes", type=int, help="Notes to search: 100,000 on SQLite, 1,000,000 on PostgreSQL.")
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
