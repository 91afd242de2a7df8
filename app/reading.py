"""How PostgreSQL ends a transaction that could only read: so that it need not plan each statement of a page anew.

Psycopg forgets what it has prepared with each ROLLBACK, and a page ends by one. Where nothing could be written, COMMIT
does the same, and the plans stay.
"""

from __future__ import annotations

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


def init_engine(engine: Engine) -> None:
    """Has ``engine`` of PostgreSQL connect so."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> ReadingConnection:
        return ReadingConnection.connect(*arguments, **options)
