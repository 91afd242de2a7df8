"""Seals ID numbers, mobiles, messages, snapshots and contacts, and gives each that is looked up a blind index.

Rows that are there are sealed by the keys of the installation, or opened again on the way back. Codes sent by
SMS live ten minutes and are dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# table, column, its plain type, NOT NULL, kind of blind index, whether that is unique
SEALED = (
    ("ab_user", "id_number", sa.String(18), False, "id_number", True),
    ("ab_user", "mobile", sa.String(11), False, None, False),
    ("expert", "id_number", sa.String(18), True, "id_number", True),
    ("expert", "mobile", sa.String(11), True, "mobile", True),
    ("sms_message", "mobile", sa.String(11), True, "mobile", False),
    ("sms_message", "text", sa.String(300), True, None, False),
    ("feedback", "contact", sa.String(80), False, None, False),
    ("snapshot", "content", sa.JSON(), True, None, False),
)
BATCH = 500


def upgrade() -> None:
    """Plain to sealed."""
    keys = current_app.extensions["key_ring"]
    for table, column, plain, needed, kind, unique in SEALED:
        as_text = json.dumps if isinstance(plain, sa.JSON) else str
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
            if kind:
                batch.add_column(sa.Column(f"{column}_index", sa.LargeBinary(), nullable=True))

        def seal(value: Any, place: str = f"{table}.{column}", kind: str | None = kind, as_text: Any = as_text) -> Any:
            text = as_text(value)
            return keys.seal(text.encode(), place), keys.index(text, kind) if kind else None

        _rewrite(table, sa.column(column, plain), sa.column("sealed", sa.LargeBinary()), seal, f"{column}_index", kind)
        if unique and op.get_bind().dialect.name == "postgresql":
            op.drop_constraint(f"{table}_{column}_key", table, type_="unique")
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
            batch.alter_column(
                "sealed", new_column_name=column, existing_type=sa.LargeBinary(), existing_nullable=True, nullable=not needed
            )
            if kind:
                batch.alter_column(f"{column}_index", existing_type=sa.LargeBinary(), nullable=not needed)
                if unique:
                    batch.create_unique_constraint(f"{table}_{column}_index_key", [f"{column}_index"])
                else:
                    batch.create_index(f"ix_{table}_{column}_index", [f"{column}_index"])
    _codes(sa.LargeBinary())


def downgrade() -> None:
    """Sealed to plain."""
    keys = current_app.extensions["key_ring"]
    for table, column, plain, needed, kind, unique in reversed(SEALED):
        is_json = isinstance(plain, sa.JSON)
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("plain", plain, nullable=True))

        def unseal(value: Any, place: str = f"{table}.{column}", is_json: bool = is_json) -> Any:
            text = keys.unseal(bytes(value), place).decode()
            return (json.loads(text) if is_json else text), None

        _rewrite(table, sa.column(column, sa.LargeBinary()), sa.column("plain", plain), unseal, "", None)
        with op.batch_alter_table(table) as batch:
            if kind and unique:
                batch.drop_constraint(f"{table}_{column}_index_key", type_="unique")
            elif kind:
                batch.drop_index(f"ix_{table}_{column}_index")
        with op.batch_alter_table(table) as batch:
            if kind:
                batch.drop_column(f"{column}_index")
            batch.drop_column(column)
            batch.alter_column(
                "plain", new_column_name=column, existing_type=plain, existing_nullable=True, nullable=not needed
            )
            if unique:
                batch.create_unique_constraint(f"{table}_{column}_key", [column])
    _codes(sa.String(11))


def _rewrite(
    table: str, source: Any, target: Any, change: Callable[[Any], tuple[Any, Any]], index: str, kind: str | None
) -> None:
    """Fills ``target`` from ``source``, and the index beside it, a batch at a time."""
    bind = op.get_bind()
    columns = [sa.column("id", sa.Integer()), source, target]
    if kind:
        columns.append(sa.column(index, sa.LargeBinary()))
    rows = sa.table(table, *columns)
    last = 0
    while True:
        some = sa.select(rows.c.id, rows.c[source.name]).where(rows.c.id > last).order_by(rows.c.id).limit(BATCH)
        found = bind.execute(some).all()
        if not found:
            return
        for row_id, value in found:
            if value is not None:
                new, blind = change(value)
                values = {target.name: new, **({index: blind} if kind else {})}
                bind.execute(sa.update(rows).where(rows.c.id == row_id).values(values))
        last = found[-1].id


def _codes(type_: sa.types.TypeEngine[Any]) -> None:
    op.execute("DELETE FROM verification_code")
    with op.batch_alter_table("verification_code") as batch:
        batch.drop_index("ix_verification_code_mobile")
        batch.drop_column("mobile")
        batch.add_column(sa.Column("mobile", type_, nullable=False))
        batch.create_index("ix_verification_code_mobile", ["mobile", "purpose", "id"])
