"""What a backup says of itself, and by what it is seen that the keys of another machine fit."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Connection, LargeBinary, func, inspect, select, table, type_coerce

from app.domain.errors import Invalid
from app.models.encrypted import key_ring, opens
from app.models.grams import is_search_index
from app.services import attachments, audit_seals, key_rotation

FORMAT = 1
_CANARY = "backup"


@dataclass(frozen=True)
class Manifest:
    """``kind`` is sqlite or postgresql, ``made_at`` ISO 8601 with its zone, ``revision`` that of the schema.

    ``rows`` counts those of each table; ``lacking`` are the digests of files that the storage could not give.
    ``samples`` are sealed values with their places, one under each key in use, in Base64; ``index`` and ``audit`` show
    which INDEX_KEY and which AUDIT_KEY belong to the data, and tell nothing of them.
    """

    made_at: str
    kind: str
    revision: str
    rows: Mapping[str, int]
    samples: list[list[str]]
    index: str
    audit: str
    lacking: list[str] = field(default_factory=list)
    files: Mapping[str, Any] = field(default_factory=dict)
    database: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Raises ``Invalid`` for one that a later version wrote."""
        said = json.loads(content)
        if said["format"] != FORMAT:
            raise Invalid("这份备份是更新版本的程序做的。请先把程序升级到同一版本，再恢复。")
        return cls(**said)

    def about(self) -> dict[str, Any]:
        """What the archive's writer does not count by itself."""
        return {name: value for name, value in asdict(self).items() if name not in ("files", "database")}

    def require_keys(self) -> None:
        """Raises ``Invalid`` naming the settings under which the data could not be read, found or checked."""
        wrong = []
        if not all(opens(b64decode(sample), place) for place, sample in self.samples):
            wrong.append("ENCRYPTION_KEYS")
        if not hmac.compare_digest(self.index, _index()):
            wrong.append("INDEX_KEY")
        if not hmac.compare_digest(self.audit, _audit()):
            wrong.append("AUDIT_KEY")
        if wrong:
            raise Invalid(f"{'、'.join(wrong)} 不是做这份备份时的密钥，恢复后数据读不出来。请先设为原来的密钥。")


def read(connection: Connection, made_at: str) -> Manifest:
    """Of the database as ``connection`` sees it. Raises ``Invalid`` where it was not built yet."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise Invalid("数据库还没有建好，没有可以备份的内容。请先运行 flask db upgrade。")
    return Manifest(
        made_at, connection.dialect.name, revision, count_rows(connection), _samples(connection), _index(), _audit()
    )


def count_rows(connection: Connection) -> dict[str, int]:
    """The rows of every table; those of the search indexes follow from the others."""
    tables = [name for name in inspect(connection).get_table_names() if not is_search_index(name)]
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in tables}


def digests(connection: Connection) -> list[str]:
    """Of every file that a row needs, in ascending order."""
    return sorted(set(connection.scalars(attachments.named())))


def _samples(connection: Connection) -> list[list[str]]:
    found: dict[bytes, list[str]] = {}
    for column in key_rotation.sealed_columns():
        kind: Any = column.type
        raw = type_coerce(column, LargeBinary())
        prefix = func.substr(raw, 1, 2)
        for used in connection.scalars(select(prefix).where(raw.is_not(None)).distinct()):
            if bytes(used) not in found:
                sealed = connection.scalars(select(raw).where(prefix == used).limit(1)).one()
                found[bytes(used)] = [kind.place, b64encode(sealed).decode()]
    return list(found.values())


def _index() -> str:
    return key_ring().index("", _CANARY).hex()


def _audit() -> str:
    return hmac.digest(audit_seals.audit_key(), _CANARY.encode(), "sha256").hex()


def faults(of: Manifest, counted: Mapping[str, int]) -> Iterator[str]:
    """The tables that have other rows than were counted when the backup was made."""
    yield from (name for name in of.rows.keys() | counted.keys() if of.rows.get(name) != counted.get(name))
