"""Brings a folder of playbook pages into a new draft edition, or only looks at it (DESIGN §9)."""

import json
from collections import defaultdict
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from playbook.catalogue import Catalogue, resolve
from playbook.diff import grouped
from playbook.document import of_catalogue, of_edition
from playbook.editing import CannotPublish
from playbook.folder import read_folder
from playbook.importer import ImportReport, default_name, import_folder, unchanged_edition
from playbook.models import Requirement, Step
from playbook.pages import PageError, PageWarning
from playbook.selectors import published_edition
from tasks.loading import CannotLoad

# Longer lists are cut; the admin's review page and --json show everything.
SHOWN = 12


class Command(BaseCommand):
    help = (
        "Imports a folder of playbook pages as a new draft edition. Importing the same folder again changes nothing. "
        "Edits that people made on drafts are carried over where key and text still match, else listed to confirm."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, metavar="PATH", help="The folder with the pages, and gates.toml if any")
        parser.add_argument("--edition", metavar="NAME", help="Default: the folder's name and today's date")
        parser.add_argument("--publish", action="store_true", help="Put the edition in force; the former is retired")
        parser.add_argument("--check", action="store_true", help="Only say what would be imported; writes nothing")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing where an edition is in force already")
        parser.add_argument("--json", action="store_true", help="Print the edition as JSON and nothing else")

    def handle(self, *, path, edition, publish, check, **options):
        name = " ".join((edition or default_name(path)).split())
        try:
            if check:
                self.check_folder(path, name, options["json"])
            elif not (options["if_empty"] and self.is_in_force()):
                self.import_folder(path, name, publish, options["json"])
        except PageError as error:
            hint = ["Mend this, or import without --publish to get a draft of the rest."] if publish else []
            raise CommandError("\n".join([f"Nothing was imported. {error}", *map(str, error.also), *hint])) from None
        except CannotPublish as error:
            sentences = "\n".join(f"  {where}: {text}" for where, text in error.problems)
            raise CommandError(
                f"Nothing was imported, because the edition cannot be published:\n{sentences}\n"
                "Mend the pages or gates.toml, or import without --publish to get a draft to mend."
            ) from None
        except IntegrityError:
            raise CommandError(
                "Nothing was imported, because somebody imported at the same moment. Run it again."
            ) from None
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"Nothing was imported. The database says: {error}. Run `manage.py migrate`.") from None
        except (CannotLoad, PermissionDenied) as error:
            raise CommandError(f"Nothing was imported. {error}") from None

    # Looking only

    def check_folder(self, path: Path, name: str, as_json: bool) -> None:
        catalogue = resolve(read_folder(path))
        if as_json:
            self.print_json(of_catalogue(catalogue, name))
            return
        self.stdout.write(f"{path}: {_counts_of(catalogue)}.")
        same = _unchanged(catalogue, name)
        self.stdout.write(
            f"“{same}” says the same already; an import would change nothing."
            if same
            else f"An import would make the draft “{name}”. Nothing was written."
        )
        self.print_warnings(catalogue.warnings)

    # Importing

    def is_in_force(self) -> bool:
        edition = published_edition()
        if edition is not None:
            self.stdout.write(f"“{edition}” is in force; nothing was imported.")
        return edition is not None

    def import_folder(self, path: Path, name: str, publish: bool, as_json: bool) -> None:
        report = import_folder(path, name=name, publish=publish)
        if as_json:
            self.print_json(of_edition(report.edition))
            return
        edition = report.edition
        if report.changed:
            self.stdout.write(f"{path}: {_counts(report)}.")
            self.stdout.write(self.style.SUCCESS(f"Imported as “{edition}”."))
            if report.carried:
                self.stdout.write(f"{_number(report.carried, 'edit')} of “{report.former}” carried over.")
        else:
            self.stdout.write(f"Nothing changed: “{edition}” says already what {path} says.")
            if edition.status == edition.Status.RETIRED:
                self.stdout.write("It is retired; to bring it back, import it under another name.")
        if report.changed:
            self.print_changes(report)
        self.print_warnings(report.warnings)
        if report.published:
            self.stdout.write(self.style.SUCCESS(f"“{edition}” is published."))
        elif not edition.is_frozen:
            self.stdout.write(f"“{edition}” is a draft: review it in the admin, or put it in force with")
            self.stdout.write(f"  manage.py import_playbook {path} --publish")

    def print_json(self, document: dict) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))

    def print_changes(self, report: ImportReport) -> None:
        if report.base is None:
            return
        if not report.diff:
            self.stdout.write(f"Nothing differs from “{report.base}”.")
        for what, changes in grouped(report.diff):
            self.stdout.write(f"{what.value} against “{report.base}”: {len(changes)}")
            for change in changes[:SHOWN]:
                self.stdout.write(f"  {change.kind} {_said(change)}")
            self.say_rest(len(changes))

    def print_warnings(self, warnings: list[PageWarning]) -> None:
        by_code = defaultdict(list)
        for warning in warnings:
            by_code[warning.code].append(warning)
        for code, found in by_code.items():
            self.stdout.write(self.style.WARNING(f"{_number(len(found), 'warning')}: {code}"))
            for warning in found[:SHOWN]:
                place = f"{warning.file}:{warning.line}: " if warning.file else ""
                self.stdout.write(f"  {place}{warning.message}")
            self.say_rest(len(found))

    def say_rest(self, count: int) -> None:
        if count > SHOWN:
            self.stdout.write(f"  … and {count - SHOWN} more")


def _unchanged(catalogue: Catalogue, name: str):
    """None also where there is no database to ask."""
    try:
        return unchanged_edition(catalogue, name)
    except DatabaseError:
        return None


def _counts_of(catalogue: Catalogue) -> str:
    steps = [step for process in catalogue.processes for step in process.steps]
    lines = sum(1 for step in steps for top in (*step.inputs, *step.outputs) for _ in top.flat())
    return _counted(len(catalogue.processes), len(steps), lines, len(catalogue.tasks), len(catalogue.guidance_pages))


def _counts(report: ImportReport) -> str:
    edition = report.edition
    return _counted(
        edition.processes.filter(steps__isnull=False).distinct().count(),
        Step.objects.filter(process__edition=edition).count(),
        Requirement.objects.filter(process__edition=edition, step__isnull=False).count(),
        edition.listings.filter(resolved=True).count(),
        edition.processes.filter(steps__isnull=True).count(),
    )


def _counted(processes: int, steps: int, lines: int, numbers: int, pages: int) -> str:
    words = ("process", "step", "checklist line", "task number", "page of guidance")
    return ", ".join(map(_number, (processes, steps, lines, numbers, pages), words))


def _number(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    plural = {"process": "processes", "page of guidance": "pages of guidance"}.get(word, f"{word}s")
    return f"{count} {plural}"


def _said(change) -> str:
    where = f" ({change.where})" if change.where != change.name else ""
    if not change.field:
        return f"“{change.name[:80]}”{where}"
    return f"“{change.name[:80]}”{where}: {change.field}, {change.before[:60]!r} → {change.after[:60]!r}"
