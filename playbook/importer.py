"""Brings a folder of pages into a new draft edition, or finds that nothing changed (DESIGN §4).

All rows of an import are written in one transaction, kind by kind: the number of queries does not grow
with the pages. Roles and services that nobody has named yet become rows of their own and are reported;
an FTOP number keeps the name it has.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from playbook import editing, lineage
from playbook.carrying import Carried, Proposals, as_json, carry, from_json, identified, keep_keys, proposals
from playbook.catalogue import Catalogue, resolve
from playbook.diff import Change, compare
from playbook.document import of_warnings
from playbook.drafting import Draft, draft
from playbook.folder import read_folder
from playbook.meanings import Names, number_tasks
from playbook.models import Condition, Edition, Phase, Process, Proposal, Requirement, Step, TaskListing
from playbook.pages import LOST, PageError, PageWarning
from playbook.snapshot import snapshot
from tasks.loading import load_taxonomies, taxonomies_missing


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``edition`` holds what the folder says; ``changed`` is False where it did so before the import.

    ``diff`` is against ``base``, the edition in force before; ``carried`` edits came from ``former``.
    """

    edition: Edition
    changed: bool
    published: bool = False
    warnings: list[PageWarning] = field(default_factory=list)
    base: Edition | None = None
    diff: list[Change] = field(default_factory=list)
    former: Edition | None = None
    carried: int = 0


def import_folder(
    path: Path | str, *, name: str | None = None, publish: bool = False, by: AbstractUser | None = None
) -> ImportReport:
    """Brings a folder into a draft; with ``publish`` into force. ``by`` is None where the machine imports.

    Raises PageError where nothing can be read and, with ``publish``, where something of a page was lost; raises
    CannotPublish for a draft that would not work. The database then stays as it was.
    """
    catalogue = resolve(read_folder(path))
    if publish:
        _must_be_whole(catalogue.warnings)
    rows = draft(catalogue)
    digest = rows.digest()
    with transaction.atomic():
        _one_at_a_time()
        editions = lineage.editions()
        same = lineage.same_content(editions, digest, name)
        if same is not None:
            published = publish and not same.is_frozen
            if published:
                same = editing.publish(same, by=by)
            return ImportReport(same, changed=False, published=published, warnings=list(catalogue.warnings))
        if taxonomies_missing():
            load_taxonomies()
        edition = Edition(
            name=lineage.free_name(name or default_name(path), editions), language=catalogue.language, digest=digest
        )
        report = _import(catalogue.warnings, rows, edition, editions)
        if publish:
            report = replace(report, edition=editing.publish(report.edition, by=by), published=True)
        return report


def _must_be_whole(warnings: Iterable[PageWarning]) -> None:
    """Raises PageError, with the others in ``also``, where something of a page was lost."""
    lost = [PageError(one.file, one.line, one.message) for one in warnings if one.code in LOST]
    if lost:
        lost[0].also = tuple(lost[1:])
        raise lost[0]


def default_name(path: Path | str) -> str:
    return f"{Path(path).resolve().name} {timezone.localdate():%Y-%m-%d}"


def unchanged_edition(catalogue: Catalogue, name: str | None) -> Edition | None:
    """The edition that says already what these pages say; only reads."""
    return lineage.same_content(lineage.editions(), draft(catalogue).digest(), name)


def _one_at_a_time() -> None:
    """Two imports at once would both find that nobody imported these pages yet. SQLite waits by itself."""
    list(Edition.objects.select_for_update().values_list("pk", flat=True))


def _import(read: Iterable[PageWarning], rows: Draft, edition: Edition, editions: list[Edition]) -> ImportReport:
    newest, base = lineage.current(editions)
    before = {each: snapshot(each) for each in {newest, base} - {None}}
    former = _nearest(rows, newest, base, before)
    names = Names(rows, read)
    warnings = [*read, *rows.warnings, *names.warnings, *number_tasks(rows)]
    if former is not None:
        keep_keys(rows, before[former])
    proposed = proposals(rows, names.by_row(rows))
    carried = Carried()
    if former is not None and (baseline := _proposed_for(former, editions)):
        carried = carry(rows, proposed, before[former], baseline)
        warnings += carried.warnings
    edition.based_on = base or former
    edition.warnings = of_warnings(warnings)
    edition.save()
    _save(rows, edition, names)
    Proposal.objects.create(edition=edition, rows=as_json(proposed))
    diff = compare(before[base], snapshot(edition)) if base else []
    return ImportReport(edition, True, False, warnings, base, diff, former, carried.count)


def _nearest(rows: Draft, newest: Edition | None, base: Edition | None, before: dict) -> Edition | None:
    """The edition whose edits are carried: the newest, unless the published one has far more in common with it."""
    keys = {key for key, _ in identified(rows)}
    common = {edition: len(keys & snap.keys()) for edition, snap in before.items()}
    return base if base is not None and common[base] > 2 * common[newest] else newest


def _proposed_for(edition: Edition, editions: list[Edition]) -> Proposals:
    """What the import behind an edition had proposed; nothing where there was none."""
    imported = lineage.import_of(edition, {each.pk: each for each in editions})
    stored = Proposal.objects.filter(edition=imported).first() if imported is not None else None
    return from_json(stored.rows) if stored else {}


# Rows


def _save(rows: Draft, edition: Edition, names: Names) -> None:
    for row in (*rows.phases.values(), *rows.conditions, *rows.processes, *rows.listings):
        row.edition = edition
    Phase.objects.bulk_create(rows.phases.values())
    Condition.objects.bulk_create(rows.conditions)
    Process.objects.bulk_create(rows.processes)
    for process, following in rows.following:
        process.next_process = following
    Process.objects.bulk_update([process for process, _ in rows.following], ["next_process"])
    Step.objects.bulk_create(rows.steps)
    _save_lines(rows.lines)
    TaskListing.objects.bulk_create(rows.listings)
    _save_links(rows, names)


def _save_lines(lines: list[Requirement]) -> None:
    """Level by level, because a line needs the id of the line above it."""
    level, below = [row for row in lines if row.parent is None], defaultdict(list)
    for row in lines:
        if row.parent is not None:
            below[id(row.parent)].append(row)
    while level:
        Requirement.objects.bulk_create(level)
        level = [child for row in level for child in below[id(row)]]


def _save_links(rows: Draft, names: Names) -> None:
    """In page order, which the ids of the links keep."""
    links = defaultdict(list)
    for row, relation, printed in rows.links:
        field = row._meta.get_field(relation)
        through, here, there = field.remote_field.through, field.m2m_column_name(), field.m2m_reverse_name()
        links[through] += [through(**{here: row.pk, there: found.pk}) for found in names.all(relation, printed)]
    for through, found in links.items():
        through.objects.bulk_create(found)
