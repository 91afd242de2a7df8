"""An export may be the rows of any list as a workbook, with the columns that were chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was ordered before is of certificates."""
    with op.batch_alter_table("export_job") as table:
        table.drop_constraint("ck_export_job_kind", type_="check")
        table.alter_column("kind", existing_type=sa.String(length=3), type_=sa.String(length=4), existing_nullable=False)
        table.alter_column("certificate_ids", new_column_name="row_ids", existing_type=sa.Text(), existing_nullable=False)
        table.add_column(sa.Column("subject", sa.String(length=20), nullable=False, server_default="certificates"))
        table.add_column(sa.Column("choice", sa.LargeBinary(), nullable=True))
        table.create_check_constraint("ck_export_job_kind", "kind IN ('pdf', 'zip', 'xlsx')")
    with op.batch_alter_table("export_job") as table:
        table.alter_column("subject", existing_type=sa.String(length=20), server_default=None, existing_nullable=False)


def downgrade() -> None:
    """Orders of tables are forgotten; files that were made are swept as files that no row names."""
    op.execute(sa.text("DELETE FROM export_part WHERE job_id IN (SELECT id FROM export_job WHERE kind = 'xlsx')"))
    op.execute(sa.text("DELETE FROM export_job WHERE kind = 'xlsx'"))
    with op.batch_alter_table("export_job") as table:
        table.drop_constraint("ck_export_job_kind", type_="check")
        table.drop_column("choice")
        table.drop_column("subject")
        table.alter_column("row_ids", new_column_name="certificate_ids", existing_type=sa.Text(), existing_nullable=False)
        table.alter_column("kind", existing_type=sa.String(length=4), type_=sa.String(length=3), existing_nullable=False)
        table.create_check_constraint("ck_export_job_kind", "kind IN ('pdf', 'zip')")
