"""意见反馈 in threads with a state, and 常见问题 that administrators write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was answered once is a thread of one answer."""
    op.create_table(
        "feedback_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_feedback_reply_feedback_id", "feedback_reply", ["feedback_id"])
    op.create_table(
        "faq_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=100), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_name", sa.String(length=120), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("question"),
    )
    with op.batch_alter_table("feedback") as batch:
        batch.add_column(sa.Column("state", sa.String(length=8), nullable=False, server_default="open"))
        batch.add_column(sa.Column("said_at", sa.DateTime(), nullable=True))
    op.execute(
        "INSERT INTO feedback_reply (feedback_id, author_id, is_answer, text, said_at)"
        " SELECT id, answered_by_id, true, answer, answered_at FROM feedback"
        " WHERE answer IS NOT NULL AND answered_by_id IS NOT NULL AND answered_at IS NOT NULL"
    )
    op.execute("UPDATE feedback SET said_at = COALESCE(answered_at, asked_at)")
    op.execute("UPDATE feedback SET state = 'answered' WHERE answer IS NOT NULL")
    with op.batch_alter_table("feedback") as batch:
        batch.alter_column("state", existing_type=sa.String(length=8), server_default=None)
        batch.alter_column("said_at", existing_type=sa.DateTime(), nullable=False)
        batch.create_check_constraint("ck_feedback_state", "state IN ('open', 'answered', 'closed')")
        batch.drop_column("answered_by_id")
        batch.drop_column("answered_at")
        batch.drop_column("answer")


def downgrade() -> None:
    """The last answer stays; what was asked on and the questions of 常见问题 do not."""
    with op.batch_alter_table("feedback") as batch:
        batch.add_column(sa.Column("answer", sa.String(length=1000), nullable=True))
        batch.add_column(sa.Column("answered_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("feedback_answered_by_id_fkey", "ab_user", ["answered_by_id"], ["id"])
        batch.drop_constraint("ck_feedback_state", type_="check")
        batch.drop_column("said_at")
        batch.drop_column("state")
    last = "(SELECT max(id) FROM feedback_reply WHERE feedback_id = feedback.id AND is_answer)"
    op.execute(
        "UPDATE feedback SET"
        f" answer = (SELECT text FROM feedback_reply WHERE id = {last}),"
        f" answered_at = (SELECT said_at FROM feedback_reply WHERE id = {last}),"
        f" answered_by_id = (SELECT author_id FROM feedback_reply WHERE id = {last})"
    )
    op.drop_table("faq_entry")
    op.drop_table("feedback_reply")
