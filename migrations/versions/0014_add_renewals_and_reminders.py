"""续聘: the certificate that a case is to follow; and which ends of certificates were told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. No case from before renews anything, and nobody was told yet."""
    # Both databases take the column with its reference; rebuilding SQLite's table for it would gain nothing.
    op.execute(
        f"ALTER TABLE application ADD COLUMN {'IF NOT EXISTS ' if gently.on_postgresql() else ''}renews_id INTEGER"
        " CONSTRAINT fk_application_renews REFERENCES certificate (id)"
    )
    gently.create_index("ix_application_renews_id", "application", "renews_id")
    gently.create_index("ix_certificate_ending", "certificate", "status, valid_to, id")
    op.create_table(
        "certificate_reminder",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("department_told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"]),
        sa.PrimaryKeyConstraint("certificate_id", "days"),
    )
    op.create_index("ix_certificate_reminder_department_told_on", "certificate_reminder", ["department_told_on"])


def downgrade() -> None:
    """Takes them back: a 续聘 stays as an ordinary case."""
    op.drop_table("certificate_reminder")
    op.drop_index("ix_certificate_ending", "certificate")
    op.drop_index("ix_application_renews_id", "application")
    op.execute("ALTER TABLE application DROP COLUMN renews_id")
