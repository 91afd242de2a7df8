"""A certificate is found by its file, and listed in the order in which people count its number: 1000 after 999."""

from __future__ import annotations

from migrations import gently

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both databases take the same words."""
    gently.create_index("ix_certificate_digest", "certificate", "digest")
    gently.create_index(
        "ix_certificate_number_order",
        "certificate",
        "substr(number, 1, length(rtrim(number, '0123456789')) + 8), length(number), number, id",
    )


def downgrade() -> None:
    """The indexes are all that there is."""
    gently.drop_index("ix_certificate_number_order")
    gently.drop_index("ix_certificate_digest")
