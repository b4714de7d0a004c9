"""Names code that nothing uses: vulture, told what Django, templates and strings use. Run by ``make lint``."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("engagements", "playbook", "tasks", "fasttrack", "bench")
EXCLUDED = ["*/migrations/*", "*/fasttrack/settings.py"]
DECORATED = ["@shared_task", "@receiver", "@admin.*", "@register.*", "@*.connect", "@deconstructible"]
WORDS = r"[\w.:-]{1,120}"  # a string that may name code, unlike a sentence
# Called or read by a framework under this name, wherever it is defined.
HOOKS = [
    *("Meta", "widgets", "urlpatterns", "*Config", "Command", "handle", "add_arguments"),  # Django at large
    *("clean_*", "prepare_value", "label_from_instance", "encoder", "decoder", "_save_m2m"),  # forms
    *("pre_save", "validate", "run_validators", "as_sqlite", "as_postgresql"),  # fields and expressions
    *("get_*", "has_*_permission", "lookups"),  # the admin
    *("is_open_for_signup", "pre_authenticate"),  # allauth's adapters
    *("password_change", "password_change_done", "handler429"),  # the site of the admin, axes
    *("handle_*", "visit_*"),  # parsers and walkers of trees
]
# One at a time, each with the reason why it stays.
KEPT = {
    "_manager": "CustomerPage calls it by the kind of a finding",
    "configuration": "settings.py, which is not read here, calls it",
    "IntegerIn": "Django finds lookups where they are registered",
    "enable_service": "tests enable a service that is recorded already, as people do from its row",
    "forget_compiled": "tests change an edition in place, which people cannot",
    "put_grid": "tests place the seats of one service as people do from the form of a whole service",
    "record_adoption": "tests write one adoption record as people do from the form of a whole service",
    "wrong_rows": "tests compare the rows of lists with the rules by it",
}


def main() -> int:
    """Prints what is dead, and what is kept for no reason any more; 0 where there is neither."""
    found = dead_names(ROOT)
    said = [line for name, line in found.items() if name not in KEPT]
    said += [f"tests/dead_code.py: “{name}” is used or gone, so take it out of KEPT" for name in set(KEPT) - set(found)]
    print("\n".join(said) if said else "No dead code.")  # noqa: T201
    return 1 if said else 0


def dead_names(root: Path) -> dict[str, str]:
    """Name → where it is and what it is, for each that no Python, template or string below ``root`` uses."""
    vulture = Vulture(ignore_names=HOOKS, ignore_decorators=DECORATED)
    vulture.scavenge([str(root / place) for place in PLACES if (root / place).is_dir()], exclude=EXCLUDED)
    used, set_in_classes = set(_names_elsewhere(root)), _set_in_classes(root)
    return {
        item.name: f"{item.filename.relative_to(root)}:{item.first_lineno}: nothing uses the {item.typ} “{item.name}”"
        for item in vulture.get_unused_code(min_confidence=60)
        # What is put on an object is read by Django or a library.
        if item.typ != "attribute"
        and item.name not in used
        and (str(item.filename), item.first_lineno) not in set_in_classes
    }


def _sources(root: Path) -> Iterator[Path]:
    for place in PLACES:
        for path in (root / place).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def _names_elsewhere(root: Path) -> Iterator[str]:
    """Every name in a template, in settings, and in a string of Python: options of the admin, dotted paths."""
    settings = root / "fasttrack" / "settings.py"
    if settings.is_file():
        yield from re.findall(r"\benv\.(\w+)", settings.read_text())
    for path in (root / "templates").rglob("*"):
        if path.is_file():
            for code in re.findall(r"{[{%].*?[}%]}", path.read_text(), re.S):
                yield from re.findall(r"[A-Za-z_]\w*", code)
    for path in _sources(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(WORDS, node.value):
                yield from re.findall(r"[A-Za-z_]\w*", node.value)


def _set_in_classes(root: Path) -> set[tuple[str, int]]:
    """Where a class sets something without a type: fields, choices, options of forms and of the admin.

    Fields of dataclasses have a type, so those that nobody reads are found.
    """
    found = set()
    for path in _sources(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found |= {(str(path), line.lineno) for line in node.body if isinstance(line, ast.Assign)}
    return found


if __name__ == "__main__":
    sys.exit(main())
