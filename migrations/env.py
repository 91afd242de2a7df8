"""Alembic on the application's own engine; the schema is that of the models."""

from __future__ import annotations

import time
from typing import Any

from alembic import context
from alembic.util import CommandError
from flask import current_app
from flask_appbuilder import Model
from sqlalchemy import TypeDecorator
from sqlalchemy.exc import OperationalError

import app.models  # noqa: F401  (fills the metadata)
from app.database import Trouble, trouble, unlimited
from app.models.grams import is_search_index
from migrations import gently

target_metadata = Model.metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """A migration names no type of the application's: it must mean the same when they have changed."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """The indexes of searches are written in migrations, and not in a model."""
    return not is_search_index(str(name))


def run_migrations_offline() -> None:
    """Prints the SQL for an administrator who runs it by hand."""
    engine = current_app.extensions["sqlalchemy"].engine
    context.configure(url=engine.url, target_metadata=target_metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Runs them, each in a transaction, or in several where it says so (``gently.py``)."""
    engine = current_app.extensions["sqlalchemy"].engine
    with engine.connect() as connection:
        unlimited(connection, gently.PATIENCE_SECONDS)
        # SQLite rebuilds a table to change it, which must not cascade through foreign keys. The
        # connection leaves the pool: nobody else may get one that does not watch over them.
        if connection.dialect.name == "sqlite":
            connection.detach()
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            # What a migration seals or drops is not left behind in free pages.
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.exec_driver_sql("BEGIN")
        deadline = Deadline(current_app.config["DATABASE_LOCK_SECONDS"])
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=True,
            transaction_per_migration=True,
            compare_type=True,
            render_item=render_item,
            include_name=include_name,
            on_version_apply=deadline.put_off,
        )
        while True:
            try:
                with context.begin_transaction():
                    context.run_migrations()
                connection.commit()
                return
            except OperationalError as error:
                if gently.in_the_way(error) and not deadline.is_over():
                    connection.rollback()
                    time.sleep(gently.PATIENCE_SECONDS)
                elif gently.in_the_way(error) or trouble(error) is Trouble.BUSY:
                    raise CommandError(
                        "数据库正忙，没有等到锁，迁移停在这一步。已经做完的不会丢失，请稍后再运行一次，会从这一步接着做。"
                    ) from error
                else:
                    raise


class Deadline:
    """Until when one migration is tried again and again; each that is done puts it off for the next."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self.put_off()

    def put_off(self, **_step: Any) -> None:
        """Begins anew."""
        self._until = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        """Whether it has passed."""
        return time.monotonic() > self._until


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
