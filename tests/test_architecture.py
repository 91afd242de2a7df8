"""The house stands as it was drawn; import-linter holds the layers, these the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
SOURCES = sorted(APP.rglob("*.py"))
LONGEST = 300
BEGINNINGS = {"services/workflow.py"}
"""Who may write a status. A certificate begins valid in services/filings.py, as a keyword of its making."""


def parsed(path: Path) -> ast.Module:
    """The syntax of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path) -> str:
    """A file's path inside app/."""
    return path.relative_to(APP).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_a_file_is_short_enough_to_read(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{place(path)} has {lines} lines; make it a folder"


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    inner = [
        node.lineno
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert inner == [], f"{place(path)}: imports inside functions at lines {inner}"


def test_no_file_is_a_bag() -> None:
    assert [place(path) for path in SOURCES if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def status_writes(tree: ast.Module) -> Iterator[int]:
    """Lines that set ``.status`` of a row, or a ``status`` among the values of an UPDATE."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (t.lineno for t in targets if isinstance(t, ast.Attribute) and t.attr == "status")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values":
            yield from (node.lineno for keyword in node.keywords if keyword.arg == "status")
        if isinstance(node, ast.Dict):
            yield from (node.lineno for k in node.keys if isinstance(k, ast.Constant) and k.value == "status")


def test_one_door_changes_the_status_of_a_case() -> None:
    # The status of an SMS message, which is no case.
    others = {"services/messages.py", "services/samples/history.py"}
    writers = {place(path) for path in SOURCES if any(status_writes(parsed(path)))}
    assert writers - others == BEGINNINGS


def test_views_never_write_to_the_database() -> None:
    writing = {"add", "delete", "commit", "execute", "merge", "flush"}
    found = {
        (place(path), node.lineno, node.func.attr)
        for path in (APP / "views").rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writing
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "session"
    }
    # The generated screens of reference data write one row, in one transaction, in one place.
    assert {file for file, _, _ in found} <= {"views/base.py"}
