"""Workbooks of experts, and their rows between the check and the import."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them, empty."""
    op.create_table(
        "import_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("gaps", sa.Boolean(), nullable=False),
        sa.Column("headings", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'checking', 'checked', 'confirmed', 'importing', 'done', 'failed', 'cancelled')",
            name="ck_import_job_state",
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_import_job_owner", "import_job", ["owner_id", "id"])
    op.create_index("ix_import_job_state", "import_job", ["state", "id"])
    op.create_table(
        "import_part",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )
    op.create_table(
        "import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_index", sa.LargeBinary(), nullable=True),
        sa.Column("expert_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'known', 'wrong', 'imported')", name="ck_import_row_state"),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job_id", "number", name="uq_import_row"),
    )
    op.create_index("ix_import_row_state", "import_row", ["job_id", "state", "number"])
    op.create_index("ix_import_row_id_number", "import_row", ["job_id", "id_number_index"])
    op.create_index("ix_import_row_mobile", "import_row", ["job_id", "mobile_index"])


def downgrade() -> None:
    """Takes them away; files that were not read yet are swept as files that no row names."""
    op.drop_table("import_row")
    op.drop_table("import_part")
    op.drop_table("import_job")
