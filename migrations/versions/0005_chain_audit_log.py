"""chain_audit_log: what an act was about, the seals on batches of acts, and triggers that refuse to change either."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently


revision = '0005'
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = ('audit_entry', 'audit_seal')


def upgrade() -> None:
    """Builds it. Rows from before keep their place; the first seal covers them."""
    for column in (
        sa.Column('role', sa.String(length=200), nullable=True),
        sa.Column('place', sa.String(length=120), nullable=True),
        sa.Column('address', sa.String(length=45), nullable=True),
        sa.Column('detail', sa.Text(), nullable=True),
    ):
        gently.add_column('audit_entry', column)
    gently.create_index('ix_audit_entry_at', 'audit_entry', 'at')
    op.create_table('audit_seal',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('marks', sa.Text(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('hash')
    )
    op.create_table('refusal_count',
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('minute', sa.DateTime(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('address', 'minute')
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("""
            CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """)
        for table in KEPT:
            op.execute(f"""
                CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
            """)
            op.execute(f"""
                CREATE TRIGGER {table}_is_kept BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
            """)
    else:
        for table in KEPT:
            for act in ('UPDATE', 'DELETE'):
                op.execute(f"""
                    CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
                    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
                """)


def downgrade() -> None:
    """Takes it away."""
    if op.get_bind().dialect.name == 'postgresql':
        for table in KEPT:
            op.execute(f'DROP TRIGGER {table}_is_append_only ON {table}')
            op.execute(f'DROP TRIGGER {table}_is_kept ON {table}')
        op.execute('DROP FUNCTION audit_is_append_only()')
    else:
        for table in KEPT:
            for act in ('update', 'delete'):
                op.execute(f'DROP TRIGGER {table}_no_{act}')
    op.drop_table('refusal_count')
    op.drop_table('audit_seal')
    op.drop_index('ix_audit_entry_at', table_name='audit_entry')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        for column in ('detail', 'address', 'place', 'role'):
            batch_op.drop_column(column)
