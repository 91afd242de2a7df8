"""A row in every table, for what must not lose any. Needs an application context and a seeded database."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, Column, Connection, String, Table, insert, inspect, select

from app.extensions import db
from app.models.encrypted import Blind, Encrypted, EncryptedJson
from app.models.grams import is_search_index
from app.models.types import Choice, UtcDateTime, now
from app.policies.roles import REVIEWER
from tests.support import cases, changes, people
from tests.support.lending import lend

_LIKELY: dict[type, Any] = {
    bool: False, int: 1, date: date(2026, 1, 31), bytes: b"\x01" * 32,
}  # fmt: skip
Rows = dict[str, list[dict[str, Any]]]


def fill() -> None:
    """By the services themselves what they readily make; by hand what is still empty then."""
    expert = people.expert()
    cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    changes.open_request(expert, {"address": "昆明市五华区"}, reason="搬家")
    lend(people.staff(REVIEWER), people.staff())
    db.session.commit()
    with db.engine.begin() as connection:
        for table in Model.metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                connection.execute(
                    insert(table), {c.name: _value(connection, table, c) for c in table.c if not c.nullable}
                )


def _value(connection: Connection, table: Table, column: Column[Any]) -> Any:
    if column.foreign_keys:
        return connection.scalar(select(next(iter(column.foreign_keys)).column).limit(1))
    if isinstance(column.type, Choice):
        return next(iter(column.type.members))
    if isinstance(column.type, UtcDateTime):
        return now()
    if isinstance(column.type, (JSON, EncryptedJson)):
        return {}
    if isinstance(column.type, (String, Blind, Encrypted)):
        return table.name[: getattr(column.type, "length", None)]
    return _LIKELY[column.type.python_type]


def held() -> Rows:
    """Every row of every table as the database has it now, whatever its version, in clear order."""
    with db.engine.connect() as connection:
        found = inspect(connection)
        return {
            name: sorted(map(dict, connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()), key=repr)
            for name in found.get_table_names()
            if name != "alembic_version" and not is_search_index(name)
        }
