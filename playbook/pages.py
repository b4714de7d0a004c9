"""What a playbook page says, as plain values. Reads nothing and decides nothing.

Every value that stands for something printed on a page carries the file (`source`) and the `line` it was
printed on, so that an editor can be sent to the right place and two editions can be compared.
"""

from dataclasses import dataclass, field


class PageError(Exception):
    """A page or a gate file that cannot be taken in at all: which file, where, and how to mend it."""

    def __init__(self, source: str, line: int, message: str):
        self.source = source
        self.line = line
        self.message = message
        self.also: tuple[PageError, ...] = ()
        super().__init__(f"{source}, line {line}: {message}" if line else f"{source}: {message}")


# Warnings that something of a page was lost: a draft shows them, and no import is published at once with them.
LOST = frozenset({"page-not-read", "table-cut", "title-cut"})


@dataclass(frozen=True, slots=True)
class PageWarning:
    """Something on a page that was taken in differently than printed, or could not be placed."""

    file: str
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link as printed: its words, its address, and the line it stands on."""

    text: str
    href: str
    line: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of a checklist; `rule` is "all" or "one of" and speaks of its children (DOMAIN §5.1)."""

    text: str
    source: str
    line: int
    optional: bool = False
    rule: str = "all"
    when: str | None = None
    checks: tuple[str, ...] = ()
    children: tuple["Requirement", ...] = ()

    def flat(self):
        """This line and every line below it, in page order."""
        yield self
        for child in self.children:
            yield from child.flat()


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of a task table. `letter` is printed; only O (in whatever case) is optional (DOMAIN §5.2)."""

    number: int
    name: str
    letter: str
    roles: tuple[str, ...]
    services: tuple[str, ...]
    source: str
    line: int
    roles_text: str = ""
    services_text: str = ""
    links: tuple[Link, ...] = ()
    when: str | None = None
    mandatory_when: str | None = None

    @property
    def mandatory(self) -> bool:
        return self.letter.upper() != "O"


@dataclass(frozen=True, slots=True)
class Step:
    """A unit of work: a heading with attribute lines, its guidance, checklists and task rows."""

    title: str
    source: str
    line: int
    slug: str = ""
    roles: tuple[str, ...] = ()
    motions: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    roles_text: str = ""
    cadence: str | None = None
    purpose: str | None = None
    audience: str | None = None
    guidance: str = ""
    inputs: tuple[Requirement, ...] = ()
    outputs: tuple[Requirement, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    when: str | None = None
    per_service: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A page with steps, or a level-3 heading that opens a process on a page of several (S3)."""

    title: str
    source: str
    line: int
    slug: str = ""
    from_heading: bool = False
    language: str = "en"
    audience: str = ""
    phase: str | None = None
    motions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    guidance: str = ""
    key_inputs: tuple[Requirement, ...] = ()
    key_outputs: tuple[Requirement, ...] = ()
    next_steps: str = ""
    exit_gated: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the page's refresh summary; who made the change is left on the page (DOMAIN §4)."""

    date: str
    what: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file. A page without steps is a guidance page; its task rows still count."""

    source: str
    title: str
    line: int = 1
    language: str = "en"
    audience: str = ""
    description: str = ""
    phase_text: str = ""
    motions: tuple[str, ...] = ()
    guidance: str = ""
    processes: tuple[Process, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    key_inputs: tuple[Requirement, ...] = ()
    key_outputs: tuple[Requirement, ...] = ()
    next_steps: str = ""
    links: tuple[Link, ...] = ()
    phase_links: tuple[tuple[str, str, int], ...] = ()
    phase_list: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[PageWarning, ...] = field(default=(), compare=False)

    @property
    def stem(self) -> str:
        return self.source.removesuffix(".md")
