"""Certificates that anyone can check, that replace each other, and that keep the design they were made with."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ACTIONS = ("submit", "withdraw", "return", "resubmit", "approve", "reject", "send_back", "file", "terminate", "move")
STATUSES = ("valid", "terminated")
CURRENT = sa.text("status <> 'superseded'")


def upgrade() -> None:
    """Adds them. A certificate from before gets its code now; its PDF stays as it was issued, without one."""
    if gently.on_postgresql():
        _on_postgresql()
    else:
        _on_sqlite()


def _on_postgresql() -> None:
    if not gently.has("certificate_design"):
        _add()
    for column in _ADDED:
        gently.add_column("certificate", column)
    # Until the end, for who files meanwhile.
    op.execute(f"ALTER TABLE certificate ALTER COLUMN check_code SET DEFAULT {_ANY_CODE}")
    gently.in_batches(
        "certificate",
        f"UPDATE certificate SET check_code = {_ANY_CODE} WHERE id BETWEEN {{first}} AND {{last}} AND check_code IS NULL",
    )
    for name, definition in {
        "fk_certificate_supersedes": "FOREIGN KEY (supersedes_id) REFERENCES certificate (id)",
        "fk_certificate_design": "FOREIGN KEY (design_id) REFERENCES certificate_design (id)",
        "ck_certificate_status": f"CHECK ({_one_of('status', (*STATUSES, 'superseded'))})",
        "ck_certificate_superseded": f"CHECK ({_HAS_A_MOMENT})",
    }.items():
        gently.add_constraint("certificate", name, definition)
    gently.add_constraint("transition", "ck_transition_action", f"CHECK ({_one_of('action', (*ACTIONS, 'reissue'))})")
    gently.create_index("uq_certificate_current", "certificate", "application_id", unique=True, where=str(CURRENT))
    gently.create_index("ix_certificate_application_id", "certificate", "application_id")
    for name, column in _UNIQUE.items():
        gently.create_index(name, "certificate", column, unique=True)
    gently.require("certificate", "check_code")
    op.execute("ALTER TABLE certificate ALTER COLUMN check_code DROP DEFAULT")
    for name in _UNIQUE:
        op.execute(f"ALTER TABLE certificate ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")
    op.drop_constraint("certificate_application_id_key", "certificate", type_="unique")


_ADDED = (
    sa.Column("check_code", sa.String(length=22), nullable=True),
    sa.Column("supersedes_id", sa.Integer(), nullable=True),
    sa.Column("superseded_at", sa.DateTime(), nullable=True),
    sa.Column("design_id", sa.Integer(), nullable=True),
    sa.Column("signer", sa.String(length=200), nullable=True),
)
_UNIQUE = {"uq_certificate_check_code": "check_code", "uq_certificate_supersedes": "supersedes_id"}
_HAS_A_MOMENT = "(status = 'superseded') = (superseded_at IS NOT NULL)"
_ANY_CODE = "rtrim(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '=')"
"""22 characters of 64, 122 bits that nobody guesses: a new one for each row."""


def _add() -> None:
    op.create_table(
        "certificate_design",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "version", name="uq_certificate_design_version"),
    )
    _guard()


def _on_sqlite() -> None:
    _add()
    with op.batch_alter_table("certificate") as batch:
        for column in _ADDED:
            batch.add_column(column)
    _give_codes()
    with op.batch_alter_table("certificate", naming_convention=_NAMES) as batch:
        batch.alter_column("check_code", existing_type=sa.String(length=22), nullable=False)
        batch.drop_constraint(_unique_application(), type_="unique")
        batch.create_unique_constraint("uq_certificate_check_code", ["check_code"])
        batch.create_unique_constraint("uq_certificate_supersedes", ["supersedes_id"])
        batch.create_foreign_key("fk_certificate_supersedes", "certificate", ["supersedes_id"], ["id"])
        batch.create_foreign_key("fk_certificate_design", "certificate_design", ["design_id"], ["id"])
        batch.drop_constraint("ck_certificate_status", type_="check")
        batch.create_check_constraint("ck_certificate_status", _one_of("status", (*STATUSES, "superseded")))
        batch.create_check_constraint("ck_certificate_superseded", _HAS_A_MOMENT)
    op.create_index(
        "uq_certificate_current",
        "certificate",
        ["application_id"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_index("ix_certificate_application_id", "certificate", ["application_id"])
    _allow_actions((*ACTIONS, "reissue"))


def downgrade() -> None:
    """Takes them back. Refused by the database while a case has more than one certificate."""
    if gently.on_postgresql():
        _take_back_on_postgresql()
    else:
        _take_back_on_sqlite()
    op.drop_table("certificate_design")
    if gently.on_postgresql():
        op.execute("DROP FUNCTION certificate_design_is_kept()")


def _take_back_on_postgresql() -> None:
    gently.create_index("certificate_application_id_key", "certificate", "application_id", unique=True)
    gently.add_constraint("transition", "ck_transition_action", f"CHECK ({_one_of('action', ACTIONS)})")
    gently.add_constraint("certificate", "ck_certificate_status", f"CHECK ({_one_of('status', STATUSES)})")
    gently.drop_index("ix_certificate_application_id")
    op.drop_index("uq_certificate_current", "certificate")
    op.execute(
        "ALTER TABLE certificate"
        " ADD CONSTRAINT certificate_application_id_key UNIQUE USING INDEX certificate_application_id_key"
    )
    # With the columns go their indexes, references and checks.
    for column in _ADDED:
        op.drop_column("certificate", column.name)


def _take_back_on_sqlite() -> None:
    _allow_actions(ACTIONS)
    op.drop_index("ix_certificate_application_id", "certificate")
    op.drop_index("uq_certificate_current", "certificate")
    with op.batch_alter_table("certificate") as batch:
        batch.drop_constraint("ck_certificate_superseded", type_="check")
        batch.drop_constraint("ck_certificate_status", type_="check")
        batch.create_check_constraint("ck_certificate_status", _one_of("status", STATUSES))
        batch.drop_constraint("fk_certificate_design", type_="foreignkey")
        batch.drop_constraint("fk_certificate_supersedes", type_="foreignkey")
        batch.drop_constraint("uq_certificate_supersedes", type_="unique")
        batch.drop_constraint("uq_certificate_check_code", type_="unique")
        batch.create_unique_constraint("certificate_application_id_key", ["application_id"])
        for column in ("signer", "design_id", "superseded_at", "supersedes_id", "check_code"):
            batch.drop_column(column)


_NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
"""SQLite gave the first version's unique columns no names; by this one they can be spoken of."""


def _unique_application() -> str:
    """What the constraint is called in this file."""
    named = [one["name"] for one in sa.inspect(op.get_bind()).get_unique_constraints("certificate")
             if one["column_names"] == ["application_id"] and one["name"]]  # fmt: skip
    return named[0] if named else "uq_certificate_application_id"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(f'{value!r}' for value in values)})"


def _give_codes() -> None:
    certificate = sa.table("certificate", sa.column("id"), sa.column("check_code"))
    bind = op.get_bind()
    for id_ in bind.execute(sa.select(certificate.c.id)).scalars().all():
        bind.execute(
            certificate.update().where(certificate.c.id == id_).values(check_code=secrets.token_urlsafe(16))
        )


def _allow_actions(actions: tuple[str, ...]) -> None:
    with op.batch_alter_table("transition") as batch:
        batch.drop_constraint("ck_transition_action", type_="check")
        batch.create_check_constraint("ck_transition_action", _one_of("action", actions))


def _guard() -> None:
    """A version is never changed and never taken away: certificates were made with it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("""
            CREATE FUNCTION certificate_design_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """)
        op.execute("""
            CREATE TRIGGER certificate_design_no_change BEFORE UPDATE OR DELETE ON certificate_design
            FOR EACH ROW EXECUTE FUNCTION certificate_design_is_kept()
        """)
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(f"""
                CREATE TRIGGER certificate_design_no_{act.lower()} BEFORE {act} ON certificate_design
                BEGIN SELECT RAISE(ABORT, 'certificate_design is append-only'); END
            """)
