"""Finds where a status is written.

A case and a certificate change by ``services/workflow.py`` alone. A certificate is born in
``services/filings.py``, valid; a case is born in ``workflow.begin``. The status of a message
(``SmsStatus``) is its own and is written by its worker; a bare number is an HTTP status.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

DOOR = "app/services/workflow.py"
BIRTHPLACE = "app/services/issuing.py"
DATED_BACK = "app/services/samples/history.py"
"""Gives sample rows their past: it writes dates, and a status no more than anybody else."""
READERS = {"filter_by", "render_template"}
"""Calls that ``status=`` tells or asks something, and that write nothing."""

_SQL = re.compile(r"\b(update|insert\s+into)\s+(application|certificate)\b", re.IGNORECASE)


def status_writes(name: str, tree: ast.Module) -> Iterator[str]:
    """What breaks the rule in the module ``name``, a sentence for each place."""
    if name == DOOR:
        return
    for node in ast.walk(tree):
        for what in _writes(name, node):
            yield f"{name}:{node.lineno}: {what}; only {DOOR} moves a case or a certificate"  # type: ignore[attr-defined]


def _writes(name: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(_is_status(t) for target in targets for t in ast.walk(target)) and not _innocent(node.value):
            yield "assigns .status"
    elif isinstance(node, ast.Call):
        yield from _calls(name, node)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "status" and not _innocent(value):
                yield "puts a status into values"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
        yield "writes the table in SQL"


def _calls(name: str, node: ast.Call) -> Iterator[str]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0] if node.args else None
    cases = isinstance(first, ast.Name) and first.id in ("Application", "Certificate")
    if called in ("update", "insert") and cases and name != DATED_BACK:
        yield f"{called}s {ast.unparse(node.args[0])} past the door"
    if called == "setattr" and len(node.args) == 3 and getattr(node.args[1], "value", None) == "status":
        yield "sets the status by name"
    for keyword in node.keywords:
        if keyword.arg == "status" and called not in READERS and not _innocent(keyword.value):
            born = ast.unparse(keyword.value) == "CertificateStatus.VALID" and called == "Certificate"
            if not (born and name == BIRTHPLACE):
                yield f"passes a status to {called}()"


def _is_status(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "status" and isinstance(node.ctx, ast.Store)


def _innocent(value: ast.expr | None) -> bool:
    """A message's status, or an HTTP status."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int)
    return value is not None and ast.unparse(value).startswith("SmsStatus.")
