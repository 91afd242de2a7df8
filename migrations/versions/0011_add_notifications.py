"""Notices inside the product, the choice of SMS, and what was changed in a profile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEPT = ("id", "expert_id", "actor_id", "actor_name", "actor_place", "action", "reason")
"""Of a change. What it said is erased with its expert and sealed anew with a new key; samples are dated back."""


def upgrade() -> None:
    """Adds them. What was changed before stands in 操作日志."""
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notification_unread", "notification", ["account_id", "read_at"])
    op.create_index("ix_notification_target", "notification", ["kind", "target_id"])
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    op.create_table(
        "notice_choice",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("account_id", "kind"),
    )
    op.create_table(
        "profile_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("actor_place", sa.String(length=170), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"]),
        sa.ForeignKeyConstraint(["actor_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_profile_change_expert_id", "profile_change", ["expert_id"])
    _guard()


def _guard() -> None:
    """Nothing takes a change away, or says that it was another's."""
    acts = {"update": f"UPDATE OF {', '.join(KEPT)}", "delete": "DELETE"}
    if op.get_bind().dialect.name == "postgresql":
        op.execute("""
            CREATE FUNCTION profile_change_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """)
        for name, act in acts.items():
            op.execute(f"""
                CREATE TRIGGER profile_change_no_{name} BEFORE {act} ON profile_change
                FOR EACH ROW EXECUTE FUNCTION profile_change_is_kept()
            """)
        op.execute("""
            CREATE TRIGGER profile_change_no_truncate BEFORE TRUNCATE ON profile_change
            FOR EACH STATEMENT EXECUTE FUNCTION profile_change_is_kept()
        """)
    else:
        for name, act in acts.items():
            op.execute(f"""
                CREATE TRIGGER profile_change_no_{name} BEFORE {act} ON profile_change
                BEGIN SELECT RAISE(ABORT, 'profile_change is append-only'); END
            """)


def downgrade() -> None:
    """Takes them away, triggers and all."""
    op.drop_table("profile_change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION profile_change_is_kept()")
    op.drop_table("notice_choice")
    op.drop_table("notification")
