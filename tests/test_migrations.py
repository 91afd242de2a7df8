"""The schema is Alembic's alone: it goes up and down on both databases, and is that of the models."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import inspect

from app.extensions import db
from tests.support.databases import POSTGRESQL, SQLITE

VERSIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


def test_files_are_named_by_number_verb_and_noun() -> None:
    names = [path.name for path in sorted(VERSIONS.glob("*.py"))]
    assert names, "there are no migrations"
    assert [name for name in names if not re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+\.py", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("kind", [SQLITE, POSTGRESQL])
def test_the_schema_goes_up_and_down_and_is_that_of_the_models(
    kind: str, make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> None:
    app = make_app(empty_database(kind, "migrations"))
    with app.app_context():
        for _ in range(2):
            flask_migrate.upgrade()
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                assert compare_metadata(context, Model.metadata) == []
            flask_migrate.downgrade(revision="base")
            assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        db.engine.dispose()
