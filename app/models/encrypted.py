"""Columns that the database never sees in clear, and the blind indexes by which they are found.

``Encrypted`` columns can be asked for equality alone, and that is answered by the column beside it,
``<name>_index``, which is kept in step whenever the attribute is set. Anything else is refused: ciphertext
has no order and no parts.
"""

from __future__ import annotations

import json
from typing import Any

from flask import current_app
from sqlalchemy import Dialect, LargeBinary, TypeDecorator, event
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import operators

from app.cipher import Damaged, KeyRing


def key_ring() -> KeyRing:
    """The keys of the current application."""
    found: KeyRing = current_app.extensions["key_ring"]
    return found


def opens(sealed: bytes, place: str) -> bool:
    """Whether the keys at hand open what was sealed for ``place``."""
    try:
        key_ring().unseal(sealed, place)
    except Damaged:
        return False
    return True


class Blind(TypeDecorator[Any]):
    """A value kept as its blind index: to be found again, never read. Binds the text, reads 32 bytes."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__()

    def process_bind_param(self, value: str | bytes | None, dialect: Dialect) -> bytes | None:
        return key_ring().index(value, self.kind) if isinstance(value, str) else value


class Encrypted(TypeDecorator[Any]):
    """Text of at most ``plain_length`` characters, sealed for its place ``table.column``."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str, plain_length: int | None = None) -> None:
        self.place, self.plain_length = place, plain_length
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else key_ring().seal(self.encode(value), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else self.decode(key_ring().unseal(bytes(value), self.place))

    def encode(self, value: Any) -> bytes:
        """The value as bytes."""
        return str(value).encode()

    def decode(self, plain: bytes) -> Any:
        """The value again."""
        return plain.decode()

    class Comparator(TypeDecorator.Comparator[Any]):
        """Equality by the blind index, and whether there is a value at all."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Raises TypeError for what ciphertext cannot answer."""
            if op in (operators.is_, operators.is_not):
                return super().operate(op, *other, **kwargs)
            beside = getattr(self.expr, "table", None)
            name = f"{self.expr.key}_index"
            if op not in (operators.eq, operators.ne, operators.in_op) or beside is None or name not in beside.c:
                raise TypeError(f"{self.expr.key} is encrypted: it can be found by equality alone")
            return beside.c[name].operate(op, *other, **kwargs)

    comparator_factory = Comparator


class EncryptedJson(Encrypted):
    """JSON, sealed."""

    cache_ok = True

    def encode(self, value: Any) -> bytes:
        """As UTF-8."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> Any:
        """The structure again."""
        return json.loads(plain)


@event.listens_for(Mapper, "mapper_configured")
def _keep_indexes_in_step(mapper: Mapper[Any], model: type[Any]) -> None:
    for name, column in mapper.columns.items():
        index = f"{name}_index"
        if isinstance(column.type, Encrypted) and index in mapper.columns:
            _follow(model, name, index)


def _follow(model: type[Any], name: str, index: str) -> None:
    @event.listens_for(getattr(model, name), "set", propagate=True)
    def follow(target: Any, value: str | None, former: Any, initiator: Any) -> None:
        setattr(target, index, value)
