"""Consents to versioned wordings, and when an account was closed and erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them."""
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('notice', 'sensitive')", name="ck_consent_kind"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "kind", "version", name="uq_consent"),
    )
    with op.batch_alter_table("expert") as batch:
        batch.add_column(sa.Column("closed_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("erased_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("retained_until", sa.Date(), nullable=True))


def downgrade() -> None:
    """Takes them back."""
    with op.batch_alter_table("expert") as batch:
        for column in ("retained_until", "erased_at", "closed_at"):
            batch.drop_column(column)
    op.drop_table("consent")
