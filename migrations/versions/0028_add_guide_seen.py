"""When a person has put away the guide to their first page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has yet: whoever had an account before meets it once too."""
    op.add_column("ab_user", sa.Column("guided_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Forgets it."""
    op.drop_column("ab_user", "guided_at")
