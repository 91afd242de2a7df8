"""Database, its replica, and the queue that wakes the worker."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settings.environment import Misconfigured, whole

_REDIS = ("redis://", "rediss://", "unix://")


def queue(env: Mapping[str, str]) -> str:
    """Where the server wakes the worker: a Redis, or "" for a file in the instance folder. Raises ``Misconfigured``.

    Nothing is kept in it but that there is something to do, so the Redis of the limits serves unless another is named.
    """
    named = env.get("WORKER_QUEUE_URI", "").strip()
    if named and not named.startswith(_REDIS):
        raise Misconfigured(f"WORKER_QUEUE_URI 须以 {'、'.join(_REDIS)} 开头；不设则用 RATELIMIT_STORAGE_URI 的 Redis")
    limits = env.get("RATELIMIT_STORAGE_URI", "").strip()
    return named or (limits if limits.startswith(_REDIS) else "")


def database(env: dict[str, str], instance: Path) -> dict[str, Any]:
    """Where the data are, and for how long anybody may keep a connection busy."""
    pooler, url = env.get("DATABASE_POOLER", "").strip(), _database_url(env.get("DATABASE_URL", ""))
    replica = _database_url(env.get("DATABASE_REPLICA_URL", "").strip())
    if replica and not all(one.startswith("postgresql+psycopg://") for one in (url, replica)):
        raise Misconfigured("DATABASE_REPLICA_URL 是 PostgreSQL 的只读副本，DATABASE_URL 也须是 PostgreSQL")
    if pooler not in ("", "transaction"):
        raise Misconfigured(f"DATABASE_POOLER 只能是 transaction 或不设，不能是 {pooler!r}")
    return {
        "SQLALCHEMY_DATABASE_URI": url or f"sqlite:///{instance / 'registry.db'}",
        # Pages that are only looked at may come from a streaming replica, while it lags by no more than this.
        "DATABASE_REPLICA_URL": replica,
        "DATABASE_REPLICA_LAG_SECONDS": whole(env, "DATABASE_REPLICA_LAG_SECONDS", 5, least=2, most=60),
        # What each process keeps open, and may open besides: at least as many as it has threads.
        "DATABASE_POOL_SIZE": whole(env, "DATABASE_POOL_SIZE", 5, least=1),
        "DATABASE_POOL_OVERFLOW": whole(env, "DATABASE_POOL_OVERFLOW", 10, least=0),
        "DATABASE_POOL_WAIT_SECONDS": whole(env, "DATABASE_POOL_WAIT_SECONDS", 10, least=1),
        "DATABASE_POOL_RECYCLE_SECONDS": whole(env, "DATABASE_POOL_RECYCLE_SECONDS", 1800, least=1),
        # Longest for a statement, for a pause within a transaction, for a migration's wait for a lock.
        "DATABASE_STATEMENT_SECONDS": whole(env, "DATABASE_STATEMENT_SECONDS", 15, least=1),
        "DATABASE_IDLE_SECONDS": whole(env, "DATABASE_IDLE_SECONDS", 60, least=1),
        "DATABASE_LOCK_SECONDS": whole(env, "DATABASE_LOCK_SECONDS", 60, least=1),
        # PgBouncer in its transaction mode stands between.
        "DATABASE_POOLER": pooler,
    }


def _database_url(url: str) -> str:
    """psycopg 3 is the driver, whatever way the address is written."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
