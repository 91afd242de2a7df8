"""Which columns a person has chosen for each list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has chosen any yet: every list shows its usual ones."""
    op.add_column("ab_user", sa.Column("list_columns", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Forgets them."""
    op.drop_column("ab_user", "list_columns")
