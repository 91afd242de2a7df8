"""What each migration does to large tables on PostgreSQL that nobody could write to, or read, meanwhile.

While such a statement reads or rewrites a table of a million rows everybody waits. The ones that stand in ``KNOWN`` are
for an upgrade with the service stopped, as docs/operations.md has it; a new migration has none: it uses
``migrations/gently.py``, adds columns without a computed default, and has rows filled in by the worker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from tests.support import databases

LARGE = frozenset({
    "ab_user", "ab_user_role", "application", "attachment", "audit_entry", "audit_seal", "certificate",
    "certificate_reminder", "change_item", "change_request", "consent", "correction", "expert", "expert_reach",
    "form_draft", "login_session", "notification", "profile_change", "sms_message", "snapshot", "submission", "transition",
})  # fmt: skip
"""Tables that grow with the number of experts."""

READS_ALL = {
    "index": re.compile(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\S+ ON (?:ONLY )?(\w+)"),
    "rewrite": re.compile(r"ALTER TABLE (\w+) ALTER COLUMN \w+ TYPE"),
    "computed": re.compile(r"ALTER TABLE (\w+) ADD COLUMN \w+ .*(?:GENERATED ALWAYS|DEFAULT (?:clock_|random|nextval|gen_))"),
    "not null": re.compile(r"ALTER TABLE (\w+) ALTER COLUMN \w+ SET NOT NULL(?!, DROP CONSTRAINT)"),
    "constraint": re.compile(r"ALTER TABLE (\w+) ADD (?:CONSTRAINT \S+ )?(?:CHECK|FOREIGN KEY|UNIQUE|PRIMARY KEY)(?!.*(?:NOT VALID|USING INDEX))"),
    "rows": re.compile(r"(?:UPDATE|DELETE FROM) (\w+)"),
}  # fmt: skip
_DONE = re.compile(r"(?:UPDATE alembic_version SET|INSERT INTO alembic_version).*?'(\d{4})'")
_MADE = re.compile(r"CREATE TABLE (\w+)")

Held = dict[str, list[str]]
KNOWN: Held = {
    "0002": ["constraint ab_user", "constraint expert", "index sms_message", "not null expert", "not null sms_message",
             "not null snapshot"],
    "0004": ["rewrite sms_message"],  # a longer VARCHAR, which rewrites nothing
}  # fmt: skip


def test_which_migrations_keep_everybody_waiting_is_known(
    make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> None:
    """SQLite locks the whole file whatever a migration does."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(" ".join(statement.replace('"', "").split()))

    with make_app(empty_database(databases.POSTGRESQL, "locks")).app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        flask_migrate.upgrade()
        db.session.remove()
        db.engine.dispose()
    assert held_up(statements) == KNOWN


def held_up(statements: list[str]) -> Held:
    """By revision, what its statements do to large tables that were there before it."""
    found: Held = defaultdict(list)
    now: list[str] = []
    new: set[str] = set()
    for statement in statements:
        if made := _MADE.match(statement):
            new.add(made[1])
        elif done := _DONE.match(statement):
            if now:
                found[done[1]] = sorted(set(now))
            now, new = [], set()
        now += [
            f"{what} {match[1]}"
            for what, pattern in READS_ALL.items()
            if (match := pattern.match(statement)) and match[1] in LARGE - new
        ]
    return dict(found)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("CREATE INDEX ix ON expert (name)", ["index expert"]),
        ("CREATE UNIQUE INDEX ix ON expert (name)", ["index expert"]),
        ("CREATE INDEX CONCURRENTLY ix ON expert (name)", []),
        ("CREATE INDEX ix ON holiday (day)", []),
        ("ALTER TABLE expert ADD COLUMN extra JSON", []),
        ("ALTER TABLE expert ADD COLUMN at TIMESTAMP DEFAULT now()", []),
        ("ALTER TABLE expert ADD COLUMN at UUID DEFAULT gen_random_uuid()", ["computed expert"]),
        ("ALTER TABLE expert ALTER COLUMN name TYPE VARCHAR(80)", ["rewrite expert"]),
        ("ALTER TABLE expert ALTER COLUMN name SET NOT NULL", ["not null expert"]),
        ("ALTER TABLE expert ADD CONSTRAINT ck CHECK (id > 0)", ["constraint expert"]),
        ("ALTER TABLE expert ADD CONSTRAINT ck CHECK (id > 0) NOT VALID", []),
        ("ALTER TABLE expert ADD CONSTRAINT uq UNIQUE USING INDEX uq", []),
        ("ALTER TABLE expert ALTER COLUMN name SET NOT NULL, DROP CONSTRAINT ck_name_is_there", []),
        ("UPDATE expert SET name = name", ["rows expert"]),
    ],
)
def test_each_way_to_keep_everybody_waiting_is_seen(statement: str, what: list[str]) -> None:
    done = "UPDATE alembic_version SET version_num='0026' WHERE alembic_version.version_num = '0025'"
    assert held_up([statement, done]) == ({"0026": what} if what else {})
    assert held_up(["CREATE TABLE expert (id INT)", statement, done]) == {}
