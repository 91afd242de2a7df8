"""A certificate is found by its file, and listed in the order in which people count its number: 1000 after 999."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both databases take the same words."""
    op.create_index("ix_certificate_digest", "certificate", ["digest"])
    op.execute(
        "CREATE INDEX ix_certificate_number_order ON certificate"
        " (substr(number, 1, length(rtrim(number, '0123456789')) + 8), length(number), number, id)"
    )


def downgrade() -> None:
    """The indexes are all that there is."""
    op.drop_index("ix_certificate_number_order", "certificate")
    op.drop_index("ix_certificate_digest", "certificate")
