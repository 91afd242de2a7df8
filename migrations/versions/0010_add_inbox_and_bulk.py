"""How long a department may take, the days that are no working days, and forms that act on many cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. Every department that is there begins with fifteen working days."""
    gently.create_index("ix_application_status_changed", "application", "status, changed_at, id")
    # Both databases take the column with its check; rebuilding SQLite's table for it would gain nothing.
    op.execute(
        "ALTER TABLE department ADD COLUMN handling_days INTEGER DEFAULT 15 NOT NULL"
        " CONSTRAINT ck_department_handling_days CHECK (handling_days BETWEEN 1 AND 365)"
    )
    op.create_table(
        "holiday",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("source_name", sa.String(length=120), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('放假', '调休上班')", name="ck_holiday_kind"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day"),
    )
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_bulk_run_user_id", "bulk_run", ["user_id"])
    op.create_index("ix_bulk_run_created_at", "bulk_run", ["created_at"])
    op.create_table(
        "bulk_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "application_id"),
    )


def downgrade() -> None:
    """Takes them back; what was decided in bulk stays with the cases."""
    op.drop_table("bulk_result")
    op.drop_table("bulk_run")
    op.drop_table("holiday")
    op.drop_index("ix_application_status_changed", "application")
    op.execute("ALTER TABLE department DROP COLUMN handling_days")
