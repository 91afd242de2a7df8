"""Experts are filtered by education and age, and counted by what one index holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the indexes."""
    op.create_index("ix_expert_education_level_order", "expert", [sa.text("COALESCE(education_level, '')"), "id"])
    op.create_index("ix_expert_birth_date", "expert", ["birth_date", "id"])
    op.create_index(
        "ix_expert_figures", "expert", ["id", "region_code", "title_level", "education_level", "birth_date"]
    )


def downgrade() -> None:
    """Takes them away."""
    for name in ("ix_expert_figures", "ix_expert_birth_date", "ix_expert_education_level_order"):
        op.drop_index(name, "expert")
