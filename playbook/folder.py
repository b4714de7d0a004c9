"""A folder of playbook pages → pages, gates and warnings. The only part of reading that touches the disk."""

from dataclasses import dataclass
from pathlib import Path

from playbook.front_matter import MAX_PAGE_BYTES, too_large
from playbook.gates_file import Gates, read_gates
from playbook.pages import Page, PageError, PageWarning
from playbook.reader import read_page

GATES_FILE = "gates.toml"
# Files of a documentation repository that are no pages when they carry no front matter.
SIDE_FILES = {
    "readme",
    "toc",
    "contributing",
    "license",
    "changelog",
    "code_of_conduct",
    "security",
    "thirdpartynotices",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds; pages in the order of their file names. A page that is no text is a warning."""

    pages: tuple[Page, ...]
    gates: Gates
    warnings: tuple[PageWarning, ...] = ()


def read_folder(path: Path | str) -> Folder:
    """Every `*.md` directly in the folder, and `gates.toml` when it is there.

    A page that cannot be read is a warning with its file and line, and the others are read. Raises PageError for a
    slip in `gates.toml`, and where no page could be read; it carries those of the other files in `also`.
    """
    path = Path(path)
    if not path.is_dir():
        raise PageError(str(path), 0, "this is not a folder; name the folder that holds the playbook's pages.")
    pages, warnings, unread = [], [], []
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            inside = sum(1 for _ in entry.rglob("*.md"))
            if inside:
                message = f"The {inside} Markdown file(s) in this folder are no pages and were skipped."
                warnings.append(PageWarning(f"{entry.name}/", 0, "folder-skipped", message))
        elif entry.suffix.lower() == ".md":
            try:
                page = _read_file(entry, warnings)
            except PageError as error:
                unread.append(error)
            else:
                pages += [page] if page else []
        elif entry.name != GATES_FILE and not entry.name.startswith("."):
            warnings.append(PageWarning(entry.name, 0, "file-skipped", "This file is no page and was skipped."))
    gates = Gates()
    if (path / GATES_FILE).is_file():
        try:
            gates = read_gates(GATES_FILE, (path / GATES_FILE).read_bytes())
        except PageError as error:
            error.also = tuple(unread)
            raise
    if not pages and unread:
        unread[0].also = tuple(unread[1:])
        raise unread[0]
    if not pages:
        raise PageError(str(path), 0, "the folder holds no page; a page is a file whose name ends in `.md`.")
    for error in unread:
        message = f"This page was not read: {error.message}"
        warnings.append(PageWarning(error.source, error.line, "page-not-read", message))
    for page in pages:
        warnings.extend(page.warnings)
    return Folder(tuple(pages), gates, tuple(warnings))


def _read_file(entry: Path, warnings: list[PageWarning]) -> Page | None:
    size = entry.stat().st_size
    if size > MAX_PAGE_BYTES:
        raise too_large(entry.name, size)
    raw = entry.read_bytes()
    if entry.stem.lower() in SIDE_FILES and not raw.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"---"):
        warnings.append(PageWarning(entry.name, 0, "file-skipped", "This file is no page and was skipped."))
        return None
    return read_page(entry.name, raw)
