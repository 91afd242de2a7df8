"""A SQLite database that stands still: what a request wrote is seen, and undone at once."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask_appbuilder import Model

from app.extensions import db

LEFT_BY_COMING_BY = frozenset({"login_puzzle", "login_session", "audit_entry", "refusal_count"})
"""Tables in which a request that was refused leaves its mark, and is meant to."""


class Frozen:
    """The database of the present application, as it stood when this was made."""

    def __init__(self) -> None:
        db.session.rollback()
        path = db.engine.url.database
        assert path is not None
        self._live = sqlite3.connect(path)
        self._live.execute("PRAGMA synchronous = OFF")  # a test need not outlive a power cut
        self._kept = sqlite3.connect(":memory:")
        self._live.backup(self._kept)
        self._tables = sorted(Model.metadata.tables.keys() - LEFT_BY_COMING_BY)
        self._rows = self._content()
        self._version = self._data_version()

    def touched(self) -> bool:
        """Whether anything at all was written since the last thaw."""
        return self._data_version() != self._version

    def changed(self) -> list[str]:
        """The tables that differ from what they were, but for what a mere visit leaves."""
        if not self.touched():
            return []
        now = self._content()
        return [table for table in self._tables if now[table] != self._rows[table]]

    def restore(self) -> None:
        """Undoes whatever was written."""
        if self.touched():
            db.session.rollback()
            self._kept.backup(self._live)
            db.session.expire_all()
            self._version = self._data_version()

    def close(self) -> None:
        """Lets the database go."""
        self._live.close()
        self._kept.close()

    def _content(self) -> dict[str, list[Any]]:
        return {table: self._live.execute(f'SELECT * FROM "{table}"').fetchall() for table in self._tables}

    def _data_version(self) -> int:
        version: int = self._live.execute("PRAGMA data_version").fetchone()[0]
        return version
