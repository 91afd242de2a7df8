"""How PostgreSQL ends a transaction that could only read: so that it need not plan each statement of a page anew.

Psycopg forgets what it has prepared with each ROLLBACK, and a page ends by one. Where nothing could be written, COMMIT
does the same, and the plans stay.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event


class ReadingConnection(psycopg.Connection[Any]):
    """Psycopg's own, but for the end of a transaction that may only read."""

    def rollback(self) -> None:
        """Ends the transaction; undoes it, where there can be something to undo."""
        if self.read_only and self.info.transaction_status == TransactionStatus.INTRANS:
            self.commit()
        else:
            super().rollback()


class ReplicaConnection(ReadingConnection):
    """To a server that may go at any time: what has been read from it is none the worse for it."""

    def rollback(self) -> None:
        """Ends the transaction, or finds that it has ended."""
        with suppress(psycopg.OperationalError):
            super().rollback()


def init_engine(engine: Engine, *, is_replica: bool = False) -> None:
    """Has ``engine`` of PostgreSQL connect so."""
    kind = ReplicaConnection if is_replica else ReadingConnection

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> ReadingConnection:
        return kind.connect(*arguments, **options)
