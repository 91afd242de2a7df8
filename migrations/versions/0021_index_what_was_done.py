"""What was done in a month is counted over an index of moments."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it."""
    op.create_index("ix_transition_at", "transition", ["at", "action", "application_id"])


def downgrade() -> None:
    """Takes it away."""
    op.drop_index("ix_transition_at", "transition")
