"""Tests can fail, and what nothing uses is named."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.dead_code import dead_names
from tests.processes import ROOT

CHECKS = ("raises", "warns", "expect", "fail", "assert_", "django_assert_")


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def called(node: ast.AST) -> Iterator[str]:
    """The names of what a function calls: "raises" for ``pytest.raises``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            yield part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")


def checks(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Assert) for part in ast.walk(node)) or any(
        name.startswith(CHECKS) for name in called(node)
    )


def test_every_test_asserts_something():
    """In its own lines, or by a helper of the tests that does."""
    found = list(functions())
    helpers = {node.name for _, node in found if checks(node) and not node.name.startswith("test")}
    idle = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in found
        if node.name.startswith("test_") and not checks(node) and not helpers.intersection(called(node))
    ]
    assert idle == []


def test_what_nothing_uses_is_named_and_what_a_template_or_a_string_uses_is_not(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ row.shown }}")
    (tmp_path / "engagements").mkdir()
    (tmp_path / "engagements" / "rows.py").write_text(
        "from dataclasses import dataclass\n\n\n"
        "@dataclass\nclass Row:\n    shown: str\n    forgotten: str\n\n\n"
        "def by_name():\n    return Row('a', 'b')\n\n\n"
        "def left_over():\n    return 1\n\n\n"
        "FUNCTIONS = ['by_name']\nprint(FUNCTIONS)\n"
    )
    assert set(dead_names(tmp_path)) == {"forgotten", "left_over"}
