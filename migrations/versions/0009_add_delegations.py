"""委托, and in 审核历史 in whose name an act was done and that a case moved with its department."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ACTIONS = (
    "submit", "withdraw", "return", "resubmit", "approve", "reject", "send_back", "file", "terminate", "move",
)  # fmt: skip
DUTIES = ("can_review", "can_file")
TAKEN = """
    SELECT RAISE(ABORT, 'delegations of one duty overlap') WHERE NEW.ended_at IS NULL AND EXISTS (
        SELECT 1 FROM delegation AS other
        WHERE other.id <> NEW.id AND other.principal_id = NEW.principal_id AND other.duty = NEW.duty
        AND other.ended_at IS NULL AND other.starts_on <= NEW.ends_on AND other.ends_on >= NEW.starts_on
    )
"""


def upgrade() -> None:
    """Adds them. What was done before was nobody else's to do."""
    if not (gently.on_postgresql() and gently.has("delegation")):
        _add()
    if gently.on_postgresql():
        for column in _PRINCIPAL:
            gently.add_column("transition", column)
        gently.add_constraint("transition", "fk_transition_principal_id", "FOREIGN KEY (principal_id) REFERENCES ab_user (id)")
        gently.add_constraint("transition", "ck_transition_action", f"CHECK ({_one_of(ACTIONS)})")
        return
    with op.batch_alter_table("transition") as batch:
        _allow(batch, ACTIONS)
        for column in _PRINCIPAL:
            batch.add_column(column)
        batch.create_foreign_key("fk_transition_principal_id", "ab_user", ["principal_id"], ["id"])


_PRINCIPAL = (
    sa.Column("principal_id", sa.Integer(), nullable=True),
    sa.Column("principal_name", sa.String(length=64), nullable=True),
)


def _add() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("duty IN ('can_review', 'can_file')", name="ck_delegation_duty"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_delegation_days"),
        sa.CheckConstraint("principal_id <> delegate_id", name="ck_delegation_two_people"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ck_delegation_end_has_reason"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["principal_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["delegate_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delegation_department_id", "delegation", ["department_id"])
    op.create_index("ix_delegation_principal_id", "delegation", ["principal_id"])
    op.create_index("ix_delegation_delegate", "delegation", ["delegate_id", "ends_on"])
    if op.get_bind().dialect.name == "postgresql":
        for duty in DUTIES:
            # A range of one number compares as the number does, and needs no extension.
            op.execute(f"""
                ALTER TABLE delegation ADD CONSTRAINT ex_delegation_{duty} EXCLUDE USING gist (
                    int4range(principal_id, principal_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&
                ) WHERE (ended_at IS NULL AND duty = '{duty}')
            """)
    else:
        for act in ("INSERT", "UPDATE"):
            op.execute(f"CREATE TRIGGER delegation_no_overlap_{act.lower()} BEFORE {act} ON delegation BEGIN {TAKEN}; END")


def _allow(batch: Any, actions: tuple[str, ...]) -> None:
    batch.drop_constraint("ck_transition_action", type_="check")
    batch.create_check_constraint("ck_transition_action", _one_of(actions))


def _one_of(actions: tuple[str, ...]) -> str:
    return f"action IN ({', '.join(repr(action) for action in actions)})"


def downgrade() -> None:
    """Takes them back. 审核历史 keeps who acted, and no word of moves."""
    op.execute("DELETE FROM transition WHERE action = 'move'")
    if gently.on_postgresql():
        gently.add_constraint("transition", "ck_transition_action", f"CHECK ({_one_of(ACTIONS[:-1])})")
    with op.batch_alter_table("transition") as batch:
        batch.drop_constraint("fk_transition_principal_id", type_="foreignkey")
        batch.drop_column("principal_name")
        batch.drop_column("principal_id")
        if not gently.on_postgresql():
            _allow(batch, ACTIONS[:-1])
    op.drop_table("delegation")
