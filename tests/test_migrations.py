"""The migrations: both directions, on both databases, and no difference from the models."""

from __future__ import annotations

import json
import re
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import inspect, literal_column, select, text

from app.extensions import db
from app.models import Account, Submission
from app.models.certificate import in_number_order
from app.models.grams import is_search_index
from app.services import reference
from tests.support import cases

VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    return ScriptDirectory.from_config(config)


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def at() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # of SQLite's: the next test but one looks for it
def test_up_gives_what_the_models_declare(unbuilt: Flask) -> None:
    flask_migrate.upgrade()
    assert at() == scripts().get_current_head()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "render_as_batch": True,
                "include_name": lambda name, kind, parents: not is_search_index(str(name)),
            },
        )
        assert compare_metadata(context, Model.metadata) == []


def test_checks_of_the_models_are_in_the_database(unbuilt: Flask) -> None:
    """Alembic does not compare CHECK constraints."""
    flask_migrate.upgrade()
    found = inspect(db.engine)
    for table in Model.metadata.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
        assert {check["name"] for check in found.get_check_constraints(table.name)} == wanted, table.name


def test_the_order_of_numbers_has_its_index_and_serves(unbuilt: Flask) -> None:
    """SQLite forgets an index of this sort where a later migration rebuilds the table, and Alembic does not see it."""
    flask_migrate.upgrade()
    order = ", ".join(str(one) for one in in_number_order(literal_column("number")))
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT id FROM certificate ORDER BY {order} LIMIT 1"))
            found = str(plan.all())
        else:
            connection.execute(text("SET enable_seqscan = off"))
            found = str(connection.execute(text(f"EXPLAIN SELECT id FROM certificate ORDER BY {order} LIMIT 1")).all())
    assert "ix_certificate_number_order" in found


def test_down_leaves_nothing_and_up_again_works(unbuilt: Flask) -> None:
    flask_migrate.upgrade()
    built = tables()
    assert reference.seed()
    db.session.remove()
    flask_migrate.downgrade(revision="base")
    assert tables() == {"alembic_version"}
    flask_migrate.upgrade()
    assert tables() == built
    assert reference.seed()


def test_each_step_goes_down_and_up_again(unbuilt: Flask) -> None:
    flask_migrate.upgrade()
    for script in scripts().walk_revisions():
        flask_migrate.downgrade(revision="-1")
        assert at() == script.down_revision
    for script in reversed(list(scripts().walk_revisions())):
        flask_migrate.upgrade(revision="+1")
        assert at() == script.revision


def test_accounts_from_before_sessions_were_rows_are_kept(unbuilt: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    with db.engine.begin() as connection:
        connection.execute(text("INSERT INTO ab_user (id, first_name, last_name, username, password, must_change_password,"
                                " session_epoch) VALUES (7, '李科员', '', 'li.ke', 'hash', false, 3)"))  # fmt: skip
    flask_migrate.upgrade()
    account = db.session.get_one(Account, 7)
    assert (account.username, account.password, account.session_epoch) == ("li.ke", "hash", 3)
    assert (account.password_changed_at, account.totp_secret, account.totp_step) == (None, None, None)
    db.session.remove()
    flask_migrate.downgrade(revision="0001")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT username, session_epoch FROM ab_user")).one() == ("li.ke", 3)


def test_a_case_from_before_submissions_were_rows_has_been_submitted_once(unbuilt: Flask) -> None:
    flask_migrate.upgrade()
    reference.seed()
    case = cases.pending_case()
    wanted = (case.id, case.snapshot_id)
    db.session.remove()
    added = next(script for script in scripts().walk_revisions() if script.path.endswith("_add_corrections.py"))
    flask_migrate.downgrade(revision=str(added.down_revision))
    assert "submission" not in tables()
    flask_migrate.upgrade()
    assert db.session.execute(select(Submission.application_id, Submission.snapshot_id)).all() == [wanted]


def test_a_migration_leaves_no_connection_that_forgets_foreign_keys(unbuilt: Flask) -> None:
    """SQLite is told to for the migration; the next request must not inherit it."""
    flask_migrate.upgrade()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    with pytest.raises(Exception, match=r"(?i)foreign key"), db.engine.begin() as connection:
        connection.execute(text("INSERT INTO department (organization_id, name, receives, files, retired)"
                                " VALUES (999, '无', true, false, false)"))  # fmt: skip


def test_sqlite_is_careful(unbuilt: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            found = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
        assert found == {"journal_mode": "wal", "synchronous": 2}
    else:
        with db.engine.connect() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "15s"


def test_migrations_are_one_line_and_named_by_number_verb_and_noun() -> None:
    files = sorted(path.stem for path in VERSIONS.glob("*.py"))
    assert len(scripts().get_heads()) == 1
    revisions = [script.revision for script in scripts().walk_revisions()]
    assert [name[:4] for name in files] == sorted(revisions) == [f"{n:04d}" for n in range(1, len(files) + 1)]
    for name in files:
        assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+", name), name


def test_no_migration_names_a_type_of_the_application() -> None:
    for path in VERSIONS.glob("*.py"):
        assert not re.search(r"\bapp\b", path.read_text(encoding="utf-8")), path.name


CLEAR = {"number": "530102197505200011", "mobile": "13912345678", "text": "验证码123456"}
"""What an installation of the first version holds in clear."""


def fill_first_version() -> None:
    """One row for each table whose values are sealed by 0002."""
    with db.engine.begin() as connection:
        for statement in (
            "INSERT INTO ab_user (id, first_name, last_name, username, active, id_number, mobile, must_change_password,"
            " session_epoch) VALUES (1, '张三', '', 'u1', true, :number, :mobile, false, 0)",
            "INSERT INTO ab_user (id, first_name, last_name, username, active, must_change_password, session_epoch)"
            " VALUES (2, '李四', '', 'u2', true, false, 0)",
            "INSERT INTO expert (id, user_id, version, created_at, updated_at, name, sex, birth_date, id_number, mobile)"
            " VALUES (7, 1, 1, '2026-01-01', '2026-01-01', '张三', '男', '1975-05-20', :number, :mobile)",
            "INSERT INTO snapshot (id, expert_id, taken_at, content)"
            ' VALUES (9, 7, \'2026-01-01\', \'{"name": "张三", "number": "530102197505200011"}\')',
            "INSERT INTO sms_message (key, mobile, purpose, text, status, created_at, due_at, tries)"
            " VALUES ('k', :mobile, '登录验证', :text, 'sent', '2026-01-01', '2026-01-01', 1)",
            "INSERT INTO feedback (asker_id, asker_name, question, contact, asked_at)"
            " VALUES (1, '张三', '问', :mobile, '2026-01-01')",
        ):
            bound = {name: CLEAR[name] for name in CLEAR if f":{name}" in statement}
            connection.execute(text(statement), bound)


def test_0002_seals_what_is_there_and_gives_it_back(unbuilt: Flask) -> None:
    flask_migrate.upgrade(revision="0001")
    fill_first_version()
    flask_migrate.upgrade(revision="0002")
    keys = unbuilt.extensions["key_ring"]
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT id_number, id_number_index, mobile, mobile_index FROM expert")).one()
        content = connection.scalar(text("SELECT content FROM snapshot"))
        staff = connection.execute(text("SELECT id_number, mobile FROM ab_user ORDER BY id")).all()
    assert keys.unseal(bytes(row.id_number), "expert.id_number").decode() == CLEAR["number"]
    assert keys.unseal(bytes(row.mobile), "expert.mobile").decode() == CLEAR["mobile"]
    assert bytes(row.id_number_index) == keys.index(CLEAR["number"], "id_number")
    assert bytes(row.mobile_index) == keys.index(CLEAR["mobile"], "mobile")
    assert json.loads(keys.unseal(bytes(content), "snapshot.content")) == {"name": "张三", "number": CLEAR["number"]}
    assert keys.unseal(bytes(staff[0].id_number), "ab_user.id_number").decode() == CLEAR["number"]
    assert tuple(staff[1]) == (None, None)
    if db.engine.dialect.name == "sqlite":
        assert not any(value.encode() in held for value in CLEAR.values() for held in database_bytes())
    flask_migrate.downgrade(revision="0001")
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT id_number FROM expert")) == CLEAR["number"]
        assert connection.scalar(text("SELECT contact FROM feedback")) == CLEAR["mobile"]
        assert connection.scalar(text("SELECT text FROM sms_message")) == CLEAR["text"]


def database_bytes() -> list[bytes]:
    """The database's file and what lies beside it, the log written through first."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    path = Path(str(db.engine.url.database))
    return [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
