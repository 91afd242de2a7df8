"""The program's own text, read as a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def modules(*rooms: str) -> dict[str, ast.Module]:
    """Every module of the application, or of some of its rooms, by its path from the checkout's root."""
    found = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "app").rglob("*.py"))}
    chosen = {name: path for name, path in found.items() if not rooms or room_of(name) in rooms}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in chosen.items()}


def room_of(name: str) -> str:
    """``services`` for ``app/services/codes.py``, ``cli`` for ``app/cli.py``, nothing for ``app/__init__.py``."""
    return name.removeprefix("app/").split("/")[0].removesuffix(".py").removesuffix("__init__")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported: ``app.models.Expert`` for ``from app.models import Expert``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or '.'}.{alias.name}") for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, however deep."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
