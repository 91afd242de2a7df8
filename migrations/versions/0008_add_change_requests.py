"""Requests to change a profile that an approval has shut, their items, and the files that come with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OF_PROFILE = "'consent', 'statement', 'title', 'qualification', 'other', 'photo'"
_OF_REQUEST = "'evidence', 'new_photo'"
_EVERY_KIND = f"kind IN ({_OF_PROFILE}, {_OF_REQUEST})"
_NAMES_ITS_REQUEST = f"kind NOT IN ({_OF_REQUEST}) OR change_request_id IS NOT NULL"


def upgrade() -> None:
    """Adds them."""
    if not (gently.on_postgresql() and gently.has("change_request")):
        _add()
    if gently.on_postgresql():
        gently.add_column("attachment", sa.Column("change_request_id", sa.Integer(), nullable=True))
        gently.create_index("ix_attachment_change_request_id", "attachment", "change_request_id")
        for name, definition in {
            "fk_attachment_change_request": "FOREIGN KEY (change_request_id) REFERENCES change_request (id)",
            "ck_attachment_kind": f"CHECK ({_EVERY_KIND})",
            "ck_attachment_of_request": f"CHECK ({_NAMES_ITS_REQUEST})",
        }.items():
            gently.add_constraint("attachment", name, definition)
        return
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("change_request_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_attachment_change_request", "change_request", ["change_request_id"], ["id"])
        batch.create_index("ix_attachment_change_request_id", ["change_request_id"])
        batch.drop_constraint("ck_attachment_kind", type_="check")
        batch.create_check_constraint("ck_attachment_kind", _EVERY_KIND)
        batch.create_check_constraint("ck_attachment_of_request", _NAMES_ITS_REQUEST)


def _add() -> None:
    op.create_table(
        "change_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_place", sa.String(length=170), nullable=True),
        sa.Column("principal_id", sa.Integer(), nullable=True),
        sa.Column("principal_name", sa.String(length=64), nullable=True),
        sa.CheckConstraint("state IN ('open', 'decided', 'withdrawn')", name="ck_change_request_state"),
        sa.CheckConstraint(
            "state = 'open' OR (ended_at IS NOT NULL AND ended_by_id IS NOT NULL)", name="ck_change_request_ended"
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"]),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["ended_by_id"], ["ab_user.id"]),
        sa.ForeignKeyConstraint(["principal_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_request_expert_id", "change_request", ["expert_id"])
    op.create_index("ix_change_request_department_state", "change_request", ["department_id", "state", "id"])
    still_open = sa.text("state = 'open'")
    op.create_index(
        "uq_change_request_open",
        "change_request",
        ["expert_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "change_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("old", sa.LargeBinary(), nullable=False),
        sa.Column("new", sa.LargeBinary(), nullable=False),
        sa.Column("found", sa.LargeBinary(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("refusal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("accepted IS NULL OR found IS NOT NULL", name="ck_change_item_decided"),
        sa.ForeignKeyConstraint(["request_id"], ["change_request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_change_item_field", "change_item", ["request_id", "field"], unique=True)


def downgrade() -> None:
    """Takes them back: what was accepted stays in the profile, what came as evidence goes."""
    op.execute(f"DELETE FROM attachment WHERE kind IN ({_OF_REQUEST})")
    if gently.on_postgresql():
        gently.add_constraint("attachment", "ck_attachment_kind", f"CHECK (kind IN ({_OF_PROFILE}))")
        # With the column go its index, its reference and the check that names it.
        op.drop_column("attachment", "change_request_id")
    else:
        _take_back_on_sqlite()
    op.drop_table("change_item")
    op.drop_table("change_request")


def _take_back_on_sqlite() -> None:
    with op.batch_alter_table("attachment") as batch:
        batch.drop_index("ix_attachment_change_request_id")
        batch.drop_constraint("ck_attachment_kind", type_="check")
        batch.drop_constraint("ck_attachment_of_request", type_="check")
        batch.drop_constraint("fk_attachment_change_request", type_="foreignkey")
        batch.drop_column("change_request_id")
        batch.create_check_constraint("ck_attachment_kind", f"kind IN ({_OF_PROFILE})")
