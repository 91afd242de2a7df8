"""add_sms_templates: wordings that administrators keep; what a provider gets and what it reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

STATUS = 'ck_sms_message_status'
FORGOTTEN = "UPDATE sms_message SET status = 'sent' WHERE status IN ('delivered', 'undelivered')"
KNOWN = "status IN ('queued', 'sent', 'delivered', 'undelivered', 'failed')"


def upgrade() -> None:
    """Messages that were sent stay 已提交: nobody asked what became of them."""
    if gently.on_postgresql():
        _lengthen()
    op.create_table('sms_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.Column('provider_code', sa.String(length=40), nullable=True),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('purpose')
    )
    with op.batch_alter_table('sms_message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('template', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('params', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('receipt', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('reported_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('report', sa.String(length=200), nullable=True))
        if not gently.on_postgresql():
            batch_op.alter_column('status', existing_type=sa.String(length=6), type_=sa.String(length=11),
                                  existing_nullable=False)
            batch_op.drop_constraint(STATUS, type_='check')
            batch_op.create_check_constraint(STATUS, KNOWN)


def _lengthen() -> None:
    """A longer VARCHAR is a word in the catalogue, but every check that names the column would read all rows again."""
    op.drop_constraint(STATUS, 'sms_message', if_exists=True)
    op.alter_column('sms_message', 'status', existing_type=sa.String(length=6), type_=sa.String(length=11))
    gently.add_constraint('sms_message', STATUS, f"CHECK ({KNOWN})")


def downgrade() -> None:
    """What was reported is forgotten: the message was sent."""
    if gently.on_postgresql():
        gently.in_batches("sms_message", f"{FORGOTTEN} AND id BETWEEN {{first}} AND {{last}}")
    op.execute(FORGOTTEN)
    with op.batch_alter_table('sms_message', schema=None) as batch_op:
        batch_op.drop_constraint(STATUS, type_='check')
        batch_op.create_check_constraint(STATUS, "status IN ('queued', 'sent', 'failed')")
        batch_op.alter_column('status', existing_type=sa.String(length=11), type_=sa.String(length=6),
                              existing_nullable=False)
        batch_op.drop_column('report')
        batch_op.drop_column('reported_at')
        batch_op.drop_column('receipt')
        batch_op.drop_column('params')
        batch_op.drop_column('template')

    op.drop_table('sms_template')
