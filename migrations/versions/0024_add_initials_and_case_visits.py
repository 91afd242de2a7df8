"""Experts are found by the first letters of their names; who has a case open is told to colleagues.

The letters of names that are there already are read by a job of the worker, a part at a time: a migration would keep
everybody waiting for them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds both, empty. PostgreSQL compares the letters as they are, so that the index serves their beginning."""
    letters = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
    gently.add_column("expert", sa.Column("initials", letters, nullable=True))
    gently.create_index("ix_expert_initials", "expert", "initials, id")
    op.create_table(
        "case_visit",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("application_id", "account_id"),
    )
    op.create_index("ix_case_visit_seen_at", "case_visit", ["seen_at"])


def downgrade() -> None:
    """Takes them away. SQLite drops a column that no index names without building the table anew."""
    gently.drop_index("ix_expert_initials")
    op.drop_table("case_visit")
    op.drop_column("expert", "initials")
