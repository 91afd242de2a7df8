"""Experts are filtered by education and age, and counted by what one index holds."""

from __future__ import annotations

from migrations import gently

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None


INDEXES = {
    "ix_expert_education_level_order": "COALESCE(education_level, ''), id",
    "ix_expert_birth_date": "birth_date, id",
    "ix_expert_figures": "id, region_code, title_level, education_level, birth_date",
}


def upgrade() -> None:
    """Adds the indexes."""
    for name, columns in INDEXES.items():
        gently.create_index(name, "expert", columns)


def downgrade() -> None:
    """Takes them away."""
    for name in INDEXES:
        gently.drop_index(name)
