"""What was done in a month is counted over an index of moments."""

from __future__ import annotations

from migrations import gently

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it."""
    gently.create_index("ix_transition_at", "transition", "at, action, application_id")


def downgrade() -> None:
    """Takes it away."""
    gently.drop_index("ix_transition_at")
