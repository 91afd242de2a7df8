"""Certificates as one file, made by the worker, and the order in which a register of certificates is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them."""
    gently.create_index("ix_certificate_ledger", "certificate", "organization_id, issued_on, id")
    op.create_table(
        "export_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("certificate_ids", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('pdf', 'zip')", name="ck_export_job_kind"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')", name="ck_export_job_state"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_export_job_owner", "export_job", ["owner_id", "id"])
    op.create_index("ix_export_job_state", "export_job", ["state", "id"])
    op.create_table(
        "export_part",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["export_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )


def downgrade() -> None:
    """Takes them away; files that were made are swept as files that no row names."""
    op.drop_index("ix_certificate_ledger", "certificate")
    op.drop_table("export_part")
    op.drop_table("export_job")
