"""Each submission with its snapshot, and what a return for correction marks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. A case from before has been submitted once."""
    if not (gently.on_postgresql() and gently.has("submission")):
        _add()
    if gently.on_postgresql():
        missing = "NOT EXISTS (SELECT 1 FROM submission WHERE application_id = application.id)"
        gently.in_batches("application", f"{SUBMITTED} WHERE id BETWEEN {{first}} AND {{last}} AND {missing} ORDER BY id")
    else:
        op.execute(f"{SUBMITTED} ORDER BY id")


SUBMITTED = "INSERT INTO submission (application_id, snapshot_id) SELECT id, snapshot_id FROM application"


def _add() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_submission_application_id", "submission", ["application_id"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transition_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["transition_id"], ["transition.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_correction_transition_id", "correction", ["transition_id"])


def downgrade() -> None:
    """Takes them back: the last submission of a case stays with the case."""
    op.drop_table("correction")
    op.drop_table("submission")
