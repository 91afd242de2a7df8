"""How a migration changes a large table of PostgreSQL's while people work: nobody waits for longer than a moment.

SQLite has one lock for the whole file, whatever a migration does; there each of these is the plain statement.

``create_index``, ``drop_index``, ``add_constraint``, ``require`` and ``in_batches`` end the transaction of their
migration: what stands before them is done for good. So a migration that is cut off is begun anew, and what it has done
by then must be done again without harm: what this room does can be; for the rest there are ``has`` and IF NOT EXISTS.
What cannot be done twice stands after the last of them, in one transaction with the number of the revision.

What a transaction of a migration needs the lock of a table for has to be a matter of milliseconds. It waits for the
lock for ``PATIENCE_SECONDS`` at the most, for all who come after it stand in line behind it; then ``env.py`` lets
everybody pass and tries the migration again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import IntegrityError, OperationalError

PATIENCE_SECONDS = 0.3
BATCH = 2000
"""Rows whose locks a batch holds until it ends, some hundredths of a second later."""
IN_THE_WAY = ("55P03", "40P01")
"""PostgreSQL's words for a lock that did not come in time, and for two who wait for each other."""


def on_postgresql() -> bool:
    """Whether this is where it matters."""
    return bool(op.get_context().dialect.name == "postgresql")


def in_the_way(error: OperationalError) -> bool:
    """Whether somebody else's lock is all that ails, so that another try may go well."""
    return getattr(error.orig, "sqlstate", None) in IN_THE_WAY


def has(table: str) -> bool:
    """Whether the table is there."""
    return sa.inspect(op.get_bind()).has_table(table)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Where it is not there: a column without a default, or with a constant one, whose rows are not written anew."""
    op.add_column(table, column, if_not_exists=True if on_postgresql() else None)


def create_index(
    name: str, table: str, columns: str, *, unique: bool = False, where: str = "", using: str = ""
) -> None:
    """The rest as SQL has it. Half an index, which a migration has left that was cut off, is made anew."""
    kind = "UNIQUE INDEX" if unique else "INDEX"
    what = f"{name} ON {table}{using and f' USING {using}'} ({columns}){where and f' WHERE {where}'}"
    if not on_postgresql():
        op.execute(f"CREATE {kind} {what}")
        return
    with _apart() as run:
        if _is_half(name):
            # Whoever was cut off may have left a server that goes on with it.
            run(f"BEGIN; LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE; COMMIT")
            if _is_half(name):
                run(f"DROP INDEX CONCURRENTLY {name}")
        try:
            run(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {what}")
        except IntegrityError:
            # Half of a unique index would go on refusing rows.
            run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            raise


def drop_index(name: str) -> None:
    """Where it is there."""
    if on_postgresql():
        with _apart() as run:
            run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    else:
        op.execute(f"DROP INDEX {name}")


def add_constraint(table: str, name: str, definition: str) -> None:
    """Of PostgreSQL's: a CHECK or FOREIGN KEY, in the place of one of that name. New rows are held to it at once; the
    others are read for it while people write."""
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} {definition} NOT VALID")
    with _apart() as run:
        run(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def require(table: str, column: str) -> None:
    """Of PostgreSQL's: NOT NULL, whose rows are read while people write."""
    name = f"ck_{table}_{column}_is_there"
    add_constraint(table, name, f"CHECK ({column} IS NOT NULL)")
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL, DROP CONSTRAINT {name}")


def in_batches(table: str, *statements: str) -> None:
    """Of PostgreSQL's: the statements for some rows of ``table`` after the other, each time in a transaction.

    They name the rows as ``id BETWEEN {first} AND {last}``, and do no harm where they were done before.
    """
    with _apart() as run:
        bounds = op.get_bind().exec_driver_sql(f"SELECT min(id), max(id) FROM {table}").one()
        for first in range(bounds[0] or 0, (bounds[1] or -1) + 1, BATCH):
            steps = "; ".join(statements).format(first=first, last=first + BATCH - 1)
            _again_and_again(run, f"BEGIN; SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'; {steps}; COMMIT")


def _again_and_again(run: Any, batch: str) -> None:
    """Until nobody is in the way of it: who holds one row holds it for a moment."""
    while True:
        try:
            run(batch)
        except OperationalError as error:
            if not in_the_way(error):
                raise
            run("ROLLBACK")
            time.sleep(PATIENCE_SECONDS)
        else:
            return


@contextmanager
def _apart() -> Iterator[Any]:
    """Outside of any transaction, with no limit of time: what is run so keeps nobody from reading or writing."""
    with op.get_context().autocommit_block():

        def run(statement: str) -> None:
            op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})

        for limit in ("statement_timeout", "lock_timeout"):
            run(f"SET {limit} = 0")
        yield run


def _is_half(name: str) -> bool:
    found = sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(op.get_bind().scalar(found, {"name": name}))
