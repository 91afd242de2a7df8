"""A registry filled with made-up experts: the same rows for the same number, on SQLite and on PostgreSQL.

``python -m benchmarks.population --size 100000 --url sqlite:///registry.db`` migrates and fills an empty
database. Everybody's password is ``PASSWORD``; ``official(code)`` is the user name of who decides in a region.

The rows are written under the schema as it stood before the database kept anything by itself, and the migrations
since then then bring it to the present: a database that grew and was upgraded. It saves what triggers cost row by row.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import flask_migrate
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import Engine, select
from sqlalchemy.orm import joinedload
from werkzeug.security import generate_password_hash

from app import create_app
from app.extensions import db
from app.models import Account, AppointingBody, Department, Organization, Region, Speciality
from app.models.encrypted import key_ring
from app.policies.roles import EXPERT, FILER, REVIEWER
from app.services import name_initials, passwords, reference
from benchmarks.cases import COLUMNS, Cases, Desk
from benchmarks.people import EXPERT_COLUMNS, MOMENT, Place, id_number, person
from benchmarks.rotation import environment
from config import load

FILLED_AT = "0016"
"""The last revision in which every row is written by the application alone."""
AT_A_TIME = 5000
PASSWORD = "Yingji@2026"
OF_REGION = "应急管理综合科"
"""The department of a county, which takes applications and files them; seeding gives counties none."""
OFFICIALS = 1000
"""Ids up to this one are those of officials; the expert ``n`` logs in as the account ``OFFICIALS + n``."""

NOT_EXPERTS = 5_000_000
"""ID numbers from this one on are those of officials."""

TABLES: Mapping[str, tuple[str, ...]] = {
    "ab_user": ("id", "first_name", "last_name", "username", "password", "active", "must_change_password",
                "session_epoch", "password_changed_at"),
    "ab_user_role": ("id", "user_id", "role_id"),
    "expert": EXPERT_COLUMNS,
    **COLUMNS,
    "number_counter": ("prefix", "day", "serial"),
}  # fmt: skip
Rows = Mapping[str, list[tuple[Any, ...]]]


def official(code: str, role: str = REVIEWER) -> str:
    """The user name of who reviews, or files, in the region of this code."""
    return f"{'shenhe' if role == REVIEWER else 'beian'}{code}"


def fill(size: int) -> None:
    """Fills the migrated, empty database of the current application with ``size`` experts."""
    flask_migrate.upgrade(revision=FILLED_AT)
    reference.seed()
    desks = _desks()
    places = [Place(region.code, region.full_name) for region in db.session.scalars(select(Region)) if region.level]
    specialities = [(s.id, f"{s.field.industry.short_name}-{s.name}"[:50]) for s in db.session.scalars(_SPECIALITIES)]
    role = db.session.scalars(select(Role.id).where(Role.name == EXPERT)).one()
    hashed = generate_password_hash(PASSWORD, passwords.METHOD)
    # Counties weigh more than prefectures, and a prefecture's capital more than its other counties.
    places = [place for place in places for _ in range(1 if place.code.endswith("00") else 4)]
    db.session.commit()
    cases = Cases(desks, specialities, key_ring())
    with _writing(db.engine) as write:
        for start in range(1, size + 1, AT_A_TIME):
            write(_chunk(range(start, min(start + AT_A_TIME, size + 1)), places, cases, role, hashed))
        write({"number_counter": [(*counted, serial) for counted, serial in cases.serials.items()]})
    db.session.remove()
    flask_migrate.upgrade()
    name_initials.fill()
    db.session.remove()
    _settle(db.engine)


_SPECIALITIES = select(Speciality).order_by(Speciality.id)


def _chunk(numbers: range, places: Sequence[Place], cases: Cases, role: int, hashed: str) -> Rows:
    rng, rows = Random(numbers.start), defaultdict[str, list[tuple[Any, ...]]](list)
    for n in numbers:
        one = person(n, OFFICIALS + n, places, rng, cases.keys)
        account = OFFICIALS + n
        rows["ab_user"].append((account, one.name, "", f"expert{n}", hashed, True, False, 0, MOMENT))
        rows["ab_user_role"].append((account, account, role))
        rows["expert"].append(one.row)
        cases.of(one, one.region, rng, rows)
    return rows


def _desks() -> dict[str, list[Desk]]:
    """Two officials for each organization, and the departments that take applications, by region."""
    roles = {role.name: role for role in db.session.scalars(select(Role).where(Role.name.in_([REVIEWER, FILER])))}
    bodies = {body.organization_id: body for body in db.session.scalars(select(AppointingBody)) if body.kind == 1}
    hashed = generate_password_hash(PASSWORD, passwords.METHOD)
    found: dict[str, list[Desk]] = {}
    given = iter(range(1, OFFICIALS))
    every = select(Organization).options(joinedload(Organization.region)).order_by(Organization.region_code)
    for organization in db.session.scalars(every).all():
        if not organization.departments:
            organization.departments.append(Department(name=OF_REGION, receives=True, files=True))
            db.session.flush()
        receiving = sorted((d for d in organization.departments if d.receives), key=lambda d: d.id)
        ids: dict[str, int] = {}
        for name in (REVIEWER, FILER):
            ids[name] = number = next(given)
            home = receiving[0] if name == REVIEWER else next(d for d in organization.departments if d.files)
            db.session.add(
                Account(
                    id=number, first_name="王科长", last_name="", username=official(organization.region_code, name),
                    password=hashed, active=True, must_change_password=False, session_epoch=0, department=home,
                    roles=[roles[name]], id_number=id_number(NOT_EXPERTS + number, organization.region_code)[0],
                )
            )  # fmt: skip
        level, body = organization.region.name[-1], bodies[organization.id]
        found[organization.region_code] = [
            Desk(
                d.id, organization.id, organization.region_code, level, organization.prefix, body.id, body.name,
                f"{organization.name}{d.name}", ids[REVIEWER], ids[FILER],
            )
            for d in receiving
        ]  # fmt: skip
    db.session.flush()
    return found


@contextmanager
def _writing(engine: Engine) -> Iterator[Any]:
    """Writes rows by table as fast as the database takes them, in one transaction."""
    raw = engine.raw_connection()
    try:
        write = _copy if engine.dialect.name == "postgresql" else _insert
        cursor = raw.cursor()
        if engine.dialect.name == "sqlite":
            # Nobody else is here, and a fill that is cut short is begun again; it takes as long as it takes.
            raw.set_progress_handler(None, 0)
            for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute("BEGIN")
        yield lambda rows: [write(cursor, table, TABLES[table], rows[table]) for table in TABLES if rows.get(table)]
        if engine.dialect.name == "sqlite":
            cursor.execute("COMMIT")
            if broken := cursor.execute("PRAGMA foreign_key_check").fetchone():
                raise RuntimeError(f"a row points nowhere: {broken}")
        else:
            for table in ("ab_user", "expert", "snapshot", "application"):
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        raw.commit()
    finally:
        raw.invalidate()


def _insert(cursor: Any, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def _settle(engine: Engine) -> None:
    """As autovacuum would a moment later; SQLite's product runs nothing of the kind."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # At a million it takes longer than a page's statement may.
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")


def filled(size: int, url: str, folder: Path) -> Flask:
    """An application on the empty database at ``url``, filled; ``folder`` is for its other files."""
    app = create_app(load(environment(url, folder, 1)))
    with app.app_context():
        fill(size)
    return app


def main() -> None:
    """Fills the database that is named and says how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--url", required=True, help="of an empty database, as in DATABASE_URL")
    chosen, began = parser.parse_args(), time.monotonic()
    with TemporaryDirectory() as folder:
        filled(chosen.size, chosen.url, Path(folder))
    print(f"{chosen.size} experts in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
