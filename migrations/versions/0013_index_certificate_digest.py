"""A certificate is found by its file: 证书查验 compares what is uploaded with what was issued."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the index."""
    op.create_index("ix_certificate_digest", "certificate", ["digest"])


def downgrade() -> None:
    """Takes it away."""
    op.drop_index("ix_certificate_digest", "certificate")
