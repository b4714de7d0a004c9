"""`gates.toml`: what the text of the pages cannot say (DESIGN §4). Pure; entries are not yet matched to lines.

Conditions have a table each; a table named `process/step` speaks of a step, any other of a process. A word the
file may not use is an error with its line, because a misspelt `optional` would otherwise close a gate nobody
meant to close. Entries that match nothing on the pages are found by `playbook.catalogue`.
"""

import re
import tomllib
from dataclasses import dataclass

from playbook.checks import FACTS, NOTE_CATEGORIES, how_to_write, is_known
from playbook.pages import PageError

RULES = ("all", "one of")
EXPRESSION = re.compile(r"(?:not\s+)?[\w-]+(?:\s+and\s+(?:not\s+)?[\w-]+)*$")

CONDITION_KEYS = {"scope", "question", "computed", "services", "yes", "no"}
LINE_KEYS = {"text", "checks", "rule", "when", "optional"}
TASK_KEYS = {"number", "when", "mandatory_when"}
STEP_KEYS = {"when", "per_service", "inputs", "outputs", "tasks"}
PROCESS_KEYS = {"key_inputs", "key_outputs", "gated"}


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """A named question about an engagement or one of its services."""

    key: str
    question: str
    scope: str = "engagement"
    computed: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    yes: str = ""
    no: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class LineEntry:
    """What is said of one checklist line; None leaves the proposal as it is."""

    text: str
    line: int
    checks: tuple[str, ...] | None = None
    rule: str | None = None
    when: str | None = None
    optional: bool | None = None


@dataclass(frozen=True, slots=True)
class TaskEntry:
    number: int
    line: int
    when: str | None = None
    mandatory_when: str | None = None


@dataclass(frozen=True, slots=True)
class StepEntry:
    """The key is "process-slug/step-slug"."""

    key: str
    line: int
    when: str | None = None
    per_service: bool | None = None
    inputs: tuple[LineEntry, ...] = ()
    outputs: tuple[LineEntry, ...] = ()
    tasks: tuple[TaskEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessEntry:
    key: str
    line: int
    key_inputs: tuple[LineEntry, ...] = ()
    key_outputs: tuple[LineEntry, ...] = ()
    gated: bool | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    source: str = "gates.toml"
    conditions: tuple[ConditionEntry, ...] = ()
    steps: tuple[StepEntry, ...] = ()
    processes: tuple[ProcessEntry, ...] = ()


def read_gates(source: str, raw: bytes) -> Gates:
    """The entries of a gate file. Raises PageError with the line and how to mend it."""
    return _GatesFile(source, raw).read()


class _GatesFile:
    def __init__(self, source: str, raw: bytes):
        self.source = source
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise self.error(line, "the file is not in UTF-8; save it again as UTF-8.") from None
        self.lines = text.replace("\r\n", "\n").split("\n")
        try:
            self.data = tomllib.loads("\n".join(self.lines))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"at line (\d+)", str(error))
            line = int(at.group(1)) if at else len(self.lines)
            reason = str(error).split(" (at ")[0].rstrip(".")
            raise self.error(line, f"the file cannot be read as TOML: {reason}; mend this line.") from None

    def error(self, line: int, message: str) -> PageError:
        return PageError(self.source, line, message)

    def read(self) -> Gates:
        conditions, steps, processes = [], [], []
        asked = self.data.get("conditions", {})
        if not isinstance(asked, dict) or not all(isinstance(each, dict) for each in asked.values()):
            raise self.error(self.line_of("conditions"), "`conditions` must hold one table per condition.")
        self.known = set(asked)
        for key, table in asked.items():
            conditions.append(self.condition(key, table))
        for key, table in self.data.items():
            if key == "conditions":
                continue
            line = self.line_of(key)
            if not isinstance(table, dict):
                raise self.error(line, f"`{key}` is not known here; name a process, a step or `conditions`.")
            if "/" in key:
                steps.append(self.step(key, table, line))
            else:
                processes.append(self.process(key, table, line))
        return Gates(self.source, tuple(conditions), tuple(steps), tuple(processes))

    def line_of(self, words: str, after: int = 0) -> int:
        """The first line below line `after` that holds these words, or `after` itself."""
        for number in range(after, len(self.lines)):
            if words in self.lines[number] and not self.lines[number].lstrip().startswith("#"):
                return number + 1
        return after

    def line_of_text(self, text: str, after: int) -> int:
        for candidate in (text, text.replace("\\", "\\\\").replace('"', '\\"'), text[:40]):
            found = self.line_of(candidate, after)
            if found != after:
                return found
        return after

    def allow(self, table: dict, allowed: set[str], where: str, line: int) -> None:
        for key in table:
            if key not in allowed:
                words = ", ".join(f"`{word}`" for word in sorted(allowed))
                at = self.line_of(key, max(line - 1, 0)) or line
                raise self.error(at, f"`{key}` is not known in {where}; it may say {words}.")

    def value(self, table: dict, key: str, kind: type, line: int, where: str):
        value = table.get(key)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            words = {str: "a text", bool: "true or false", list: "a list", int: "a number"}[kind]
            raise self.error(line, f"`{key}` of {where} must be {words}.")
        return value

    def texts(self, table: dict, key: str, line: int, where: str) -> tuple[str, ...]:
        values = self.value(table, key, list, line, where) or []
        if not all(isinstance(value, str) for value in values):
            raise self.error(line, f"`{key}` of {where} must be a list of texts.")
        return tuple(values)

    def condition(self, key: str, table: dict) -> ConditionEntry:
        line, where = self.line_of(f"conditions.{key}") or self.line_of(key), f"condition `{key}`"
        self.allow(table, CONDITION_KEYS, where, line)
        question = self.value(table, "question", str, line, where)
        if not question:
            raise self.error(line, f"{where} asks nothing; give it a `question`.")
        scope = self.value(table, "scope", str, line, where) or "engagement"
        if scope not in ("engagement", "service"):
            raise self.error(line, f'`scope` of {where} must be "engagement" or "service".')
        computed = self.texts(table, "computed", line, where)
        for fact in computed:
            if fact not in FACTS and not re.fullmatch(r"motion:[\w-]+", fact):
                words = ", ".join((*FACTS, "motion:<slug>"))
                raise self.error(line, f"`{fact}` in {where} is no fact that is computed; known are {words}.")
        return ConditionEntry(
            key=key,
            question=question,
            scope=scope,
            computed=computed,
            services=self.texts(table, "services", line, where),
            yes=self.value(table, "yes", str, line, where) or "",
            no=self.value(table, "no", str, line, where) or "",
            line=line,
        )

    def step(self, key: str, table: dict, line: int) -> StepEntry:
        where = f"step `{key}`"
        self.allow(table, STEP_KEYS, where, line)
        tasks = []
        for entry in self.value(table, "tasks", list, line, where) or []:
            at, number = self.tables(entry, TASK_KEYS, f"a task of {where}", line, "number")
            if not isinstance(number, int) or isinstance(number, bool):
                raise self.error(at, f"a task of {where} must name its FTOP `number`.")
            tasks.append(TaskEntry(number, at, self.when(entry, "when", at), self.when(entry, "mandatory_when", at)))
        return StepEntry(
            key=key,
            line=line,
            when=self.when(table, "when", line),
            per_service=self.value(table, "per_service", bool, line, where),
            inputs=self.entries(table, "inputs", line, where),
            outputs=self.entries(table, "outputs", line, where),
            tasks=tuple(tasks),
        )

    def process(self, key: str, table: dict, line: int) -> ProcessEntry:
        where = f"process `{key}`"
        self.allow(table, PROCESS_KEYS, where, line)
        return ProcessEntry(
            key=key,
            line=line,
            key_inputs=self.entries(table, "key_inputs", line, where),
            key_outputs=self.entries(table, "key_outputs", line, where),
            gated=self.value(table, "gated", bool, line, where),
        )

    def tables(self, entry, allowed: set[str], where: str, line: int, key: str):
        if not isinstance(entry, dict):
            raise self.error(line, f"{where} must be a table, as in {{ {key} = … }}.")
        named = entry.get(key)
        at = self.line_of_text(str(named), line) if named is not None else line
        self.allow(entry, allowed, where, at)
        return at, named

    def entries(self, table: dict, section: str, line: int, where: str) -> tuple[LineEntry, ...]:
        found = []
        for entry in self.value(table, section, list, line, where) or []:
            part = f"a line of `{section}` of {where}"
            at, text = self.tables(entry, LINE_KEYS, part, line, "text")
            if not isinstance(text, str) or not text.strip():
                raise self.error(at, f"{part} must give the `text` it speaks of.")
            rule = self.value(entry, "rule", str, at, part)
            if rule is not None and rule not in RULES:
                raise self.error(at, f'`rule` of {part} must be "all" or "one of".')
            checks = self.texts(entry, "checks", at, part) if "checks" in entry else None
            found.append(
                LineEntry(
                    text=text,
                    line=at,
                    checks=None if checks is None else tuple(dict.fromkeys(self.check(c, at) for c in checks)),
                    rule=rule,
                    when=self.when(entry, "when", at),
                    optional=self.value(entry, "optional", bool, at, part),
                )
            )
        return tuple(found)

    def check(self, check: str, line: int) -> str:
        """The check as written, or an error that says which there are."""
        if not is_known(check):
            raise self.error(
                line,
                f"`{check}` is no check; write {how_to_write()}; categories are {', '.join(NOTE_CATEGORIES)}.",
            )
        return check

    def when(self, table: dict, key: str, line: int) -> str | None:
        text = self.value(table, key, str, line, "an entry")
        if text is None or not text.strip():
            return None
        text = " ".join(text.split())
        at = self.line_of(text, max(line - 1, 0)) or line
        if not EXPRESSION.match(text):
            raise self.error(
                at, f"`{key}` cannot be read: “{text}”; join conditions by “and”, each may start with “not”."
            )
        for name in re.findall(r"[\w-]+", re.sub(r"\b(?:and|not)\b(?=\s)", " ", text)):
            if name not in self.known:
                raise self.error(at, f"`{key}` names the condition `{name}`, which this file does not define.")
        return text
