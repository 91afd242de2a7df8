"""The house rules of docs/architecture: who imports whom, who writes a status, how long a file may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.support.source import ROOT, functions, imports, modules, room_of
from tests.support.status_writes import BIRTHPLACE, DATED_BACK, DOOR, status_writes

BELOW: dict[str, set[str]] = {
    "domain": set(),
    "reference": set(),
    "extensions": {"domain"},
    "cipher": set(),
    "reading": set(),
    "english": set(),
    "database": set(),
    "trail": set(),
    "version": set(),
    "logs": {"domain", "trail"},
    "metrics": {"adapters", "version"},
    "statements": {"database", "metrics", "trail"},
    "adapters": {"domain", "cipher"},
    "documents": {"domain"},
    "models": {"domain", "extensions", "cipher"},
    "policies": {"domain", "models"},
    "services": {
        "domain",
        "models",
        "policies",
        "extensions",
        "database",
        "adapters",
        "documents",
        "reference",
        "metrics",
        "version",
    },
    "views": {
        "domain",
        "models",
        "policies",
        "services",
        "extensions",
        "database",
        "adapters",
        "documents",
        "english",
        "trail",
        "logs",
        "metrics",
        "version",
    },
    "worker": {"services", "adapters"},
    "commands": {"domain", "policies", "services"},
    "cli": {"domain", "policies", "services", "worker", "commands"},
}
"""Each room, and the rooms that it may import from. ``create_app`` alone sees every room."""

LONGEST = 300


def none(violations: list[str]) -> None:
    """Fails naming every violation."""
    assert not violations, "\n" + "\n".join(violations)


def test_every_room_is_on_the_plan() -> None:
    rooms = {room_of(name) for name in modules()} - {""}
    assert rooms == set(BELOW)


def test_rooms_import_downwards_only() -> None:
    none(
        [
            f"{name}:{line}: {room_of(name)} must not import {imported}"
            for name, tree in modules(*BELOW).items()
            for line, imported in imports(tree)
            if imported.startswith("app.")
            and (below := imported.split(".")[1]) != room_of(name)
            and below not in BELOW[room_of(name)]
        ]
    )


def test_import_linter_agrees(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The contracts of pyproject.toml follow imports through other modules, which the test above does not."""
    monkeypatch.chdir(ROOT)
    # Its own logging would silence every logger that tests before this one have made.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    assert lint_imports(cache_dir=str(tmp_path)) == 0


def test_nobody_imports_relatively_or_everything() -> None:
    none(
        [
            f"{name}:{node.lineno}: import by full name"
            for name, tree in modules().items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.level or any(alias.name == "*" for alias in node.names))
        ]
    )


def test_the_domain_is_the_standard_library_alone() -> None:
    none(
        [
            f"{name}:{line}: the domain must not import {imported}"
            for name, tree in modules("domain").items()
            for line, imported in imports(tree)
            if (top := imported.split(".")[0]) not in sys.stdlib_module_names and top != "app"
        ]
    )


@pytest.mark.parametrize("room", ["adapters", "documents", "reference"])
def test_documents_and_adapters_know_neither_flask_nor_the_database(room: str) -> None:
    strangers = ("flask", "sqlalchemy", "wtforms", "alembic")
    none(
        [
            f"{name}:{line}: {room} must not import {imported}"
            for name, tree in modules(room).items()
            for line, imported in imports(tree)
            if imported.startswith(strangers)
        ]
    )


def test_services_and_below_never_read_the_request() -> None:
    of_a_request = {"flask.request", "flask.session", "flask.g", "flask.flash", "flask.url_for"}
    none(
        [
            f"{name}:{line}: {imported} is for views; hand the service what it needs"
            for name, tree in modules("services", "policies", "models").items()
            for line, imported in imports(tree)
            if imported in of_a_request or imported.startswith("flask_login")
        ]
    )


def test_views_never_write_through_the_session() -> None:
    """``writing.py`` apart: the generated forms, in a transaction of their own."""
    verbs = {"add", "add_all", "delete", "merge", "commit", "flush", "execute"}
    none(
        [
            f"{name}:{node.lineno}: db.session.{node.attr} in a view; call a service"
            for name, tree in modules("views", "cli", "commands", "worker").items()
            if name != "app/views/writing.py"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in verbs and ast.unparse(node.value) == "db.session"
        ]
    )


def test_only_the_unit_of_work_commits() -> None:
    none(
        [
            f"{name}:{node.lineno}: commit by @transactional"
            for name, tree in modules().items()
            if name not in ("app/services/unit_of_work.py", "app/reading.py")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "commit"
        ]
    )


def test_no_import_hides_inside_a_function() -> None:
    none(
        [
            f"{name}:{line}: {imported} is imported inside {function.name}()"
            for name, tree in modules().items()
            for function in functions(tree)
            for line, imported in imports(function)
        ]
    )


def test_only_the_workflow_writes_a_status() -> None:
    none([what for name, tree in modules().items() for what in status_writes(name, tree)])


@pytest.mark.parametrize(
    "line",
    [
        "case.status = ApplicationStatus.FILED",
        "case.status: object = step.target",
        "case.status, case.version = A.FILED, 2",
        "setattr(case, 'status', A.FILED)",
        "update(Application).values(version=2)",
        "insert(Certificate).values(rows)",
        "db.session.execute(update(model).values(status=step.target))",
        "db.session.execute(update(model).values({'status': 'filed'}))",
        "changes = {'status': step.target}",
        "text(\"UPDATE application SET status = 'filed'\")",
        "Application(expert=expert, status=A.PENDING_FILING)",
        "Certificate(status=CertificateStatus.TERMINATED)",
        "message.status = status",
    ],
)
def test_the_rule_of_the_status_finds_each_way_round_it(line: str) -> None:
    assert list(status_writes("app/services/reviews.py", ast.parse(line)))
    assert list(status_writes(BIRTHPLACE, ast.parse(line)))
    assert not list(status_writes(DOOR, ast.parse(line)))


def test_samples_are_dated_back_and_no_more() -> None:
    dated = ast.parse("update(Certificate).values(terminated_at=moment)")
    assert not list(status_writes(DATED_BACK, dated))
    assert list(status_writes(DATED_BACK, ast.parse("update(Certificate).values(status=step.target)")))


@pytest.mark.parametrize(
    "line",
    [
        "if case.status is A.FILED: pass",
        "select(Application).where(Application.status == A.FILED)",
        "query.filter_by(status=A.FILED)",
        "message.status = SmsStatus.FAILED",
        "update(SmsMessage).values(status=SmsStatus.SENT)",
        "Response(status=422)",
        "labels = {'status': 422}",
    ],
)
def test_the_rule_of_the_status_leaves_reading_and_messages_alone(line: str) -> None:
    assert not list(status_writes("app/services/reviews.py", ast.parse(line)))


def test_a_certificate_is_born_valid_and_in_one_place() -> None:
    birth = ast.parse("Certificate(status=CertificateStatus.VALID)")
    assert not list(status_writes(BIRTHPLACE, birth))
    assert list(status_writes("app/services/reviews.py", birth))
    born = [name for name, tree in modules().items() if "Certificate" in constructed(tree)]
    assert born == [BIRTHPLACE]


def constructed(tree: ast.Module) -> set[str]:
    """The names that are called."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_history_and_snapshots_are_only_ever_added() -> None:
    """R11, R20, 审核历史 and 资料修改: nothing updates or deletes a row of them; samples alone are dated back."""
    none(
        [
            f"{name}:{node.lineno}: {node.func.id}({node.args[0].id}) changes what is kept for good"
            for name, tree in modules().items()
            if name != DATED_BACK
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("update", "delete")
            and node.args
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id in ("Transition", "Snapshot", "AuditEntry", "Certificate", "ProfileChange")
        ]
    )


SHAPES: dict[str, Callable[[Path, list[str]], bool]] = {
    f"is longer than {LONGEST} lines": lambda path, lines: len(lines) > LONGEST,
    "is named for no purpose": lambda path, lines: path.stem in {"utils", "util", "helpers", "common", "misc"},
    "says nothing about itself": lambda path, lines: (
        path.is_relative_to(ROOT / "app") and '"""' not in "".join(lines[:1] or '"""')
    ),
}


@pytest.mark.parametrize("fault", SHAPES)
def test_files_are_short_and_say_what_they_are_for(fault: str) -> None:
    files = [*(ROOT / "app").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.py")]
    assert len(files) > 100
    found = {path: path.read_text(encoding="utf-8").splitlines() for path in files}
    none([f"{path.relative_to(ROOT)} {fault}" for path, lines in sorted(found.items()) if SHAPES[fault](path, lines)])
