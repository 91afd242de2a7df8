"""What the worker does again and again, and when a message was sent again by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. The worker enters its jobs when it starts."""
    op.create_table(
        "background_job",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.add_column("sms_message", sa.Column("resent_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Takes them away."""
    op.drop_column("sms_message", "resent_at")
    op.drop_table("background_job")
