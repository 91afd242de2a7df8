"""Lists are sorted, filtered and searched by indexes: an order each, and the characters and pairs of what is searched.

``<table>_grams`` (SQLite, FTS5) and ``text_grams`` (PostgreSQL, GIN) hold each character of a text and each two that
follow each other, so that any part of a name is found, a part of two characters too. The database keeps them.
"""

from __future__ import annotations

from alembic import op

from migrations import gently

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_expert_name_order": ("expert", "name, id"),
    "ix_expert_employer_order": ("expert", "COALESCE(employer, ''), id"),
    "ix_expert_title_level_order": ("expert", "COALESCE(title_level, ''), id"),
    "ix_application_submitted": ("application", "submitted_at, id"),
    "ix_application_status_submitted": ("application", "status, submitted_at, id"),
    "ix_certificate_name_order": ("certificate", "name, id"),
    "ix_certificate_valid_from": ("certificate", "valid_from, id"),
    "ix_certificate_valid_to_order": ("certificate", "COALESCE(valid_to, '9999-12-31'), id"),
    "ix_certificate_issued": ("certificate", "issued_on, expert_id"),
    "ix_certificate_standing": ("certificate", "status, valid_to, expert_id"),
    "ix_change_request_state": ("change_request", "state, id"),
    "ix_sms_message_created": ("sms_message", "created_at, id"),
}
GRAMS = {
    "expert": ("name", "employer"),
    "certificate": ("name", "title"),
    "audit_entry": ("actor_name", "action", "subject"),
}
LONGEST = 200
"""Characters of the longest searched column, and room."""


def upgrade() -> None:
    """Adds them."""
    for name, (table, columns) in INDEXES.items():
        gently.create_index(name, table, columns)
    if gently.on_postgresql():
        # A number is looked up by its first characters, which an index in a language's order does not serve.
        gently.create_index("ix_certificate_number_start", "certificate", "number text_pattern_ops")
        _grams_on_postgresql()
    else:
        _grams_on_sqlite()
    gently.drop_index("ix_expert_name")


def downgrade() -> None:
    """Takes them away."""
    gently.create_index("ix_expert_name", "expert", "name")
    for name in INDEXES:
        gently.drop_index(name)
    if gently.on_postgresql():
        gently.drop_index("ix_certificate_number_start")
        for table, columns in GRAMS.items():
            for column in columns:
                gently.drop_index(f"ix_{table}_{column}_grams")
        op.execute("DROP FUNCTION text_grams(text)")
    else:
        for table in GRAMS:
            for event in ("added", "changed", "removed"):
                op.execute(f"DROP TRIGGER {table}_grams_{event}")
            op.execute(f"DROP TABLE {table}_grams")
        op.execute("DROP TABLE gram_place")


def _grams_on_postgresql() -> None:
    # ASCII alone is folded, in whatever language the database is.
    op.execute("""
        CREATE OR REPLACE FUNCTION text_grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT array_agg(DISTINCT substr(folded, at, size))
            FROM (SELECT translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') AS folded) AS text,
                generate_series(1, length(folded)) AS at, generate_series(1, 2) AS size
        $$
    """)
    for table, columns in GRAMS.items():
        for column in columns:
            gently.create_index(f"ix_{table}_{column}_grams", table, f"text_grams({column})", using="gin")


def _grams_on_sqlite() -> None:
    # A trigger knows no recursion: it counts along this table.
    op.execute("CREATE TABLE gram_place (n INTEGER PRIMARY KEY)")
    op.execute(
        "INSERT INTO gram_place WITH RECURSIVE counting(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counting"
        f" WHERE n < {LONGEST}) SELECT n FROM counting"
    )
    for table, columns in GRAMS.items():
        names = ", ".join(columns)
        op.execute(
            f"CREATE VIRTUAL TABLE {table}_grams USING fts5({names}, content='', columnsize=0, detail=column, tokenize=ascii)"
        )
        add = f"INSERT INTO {table}_grams (rowid, {names}) SELECT {{row}}id, {{grams}}"
        remove = f"INSERT INTO {table}_grams ({table}_grams, rowid, {names}) SELECT 'delete', OLD.id, {_grams(columns, 'OLD.')};"
        added = add.format(row="NEW.", grams=_grams(columns, "NEW.")) + ";"
        op.execute(add.format(row="", grams=_grams(columns, "")) + f" FROM {table}")
        op.execute(f"CREATE TRIGGER {table}_grams_added AFTER INSERT ON {table} BEGIN {added} END")
        op.execute(f"CREATE TRIGGER {table}_grams_removed AFTER DELETE ON {table} BEGIN {remove} END")
        op.execute(f"CREATE TRIGGER {table}_grams_changed AFTER UPDATE OF {names} ON {table} BEGIN {remove} {added} END")


def _grams(columns: tuple[str, ...], row: str) -> str:
    """The characters and pairs of each column as words that FTS5 takes apart at blanks and nowhere else."""
    return ", ".join(
        f"(SELECT group_concat(hex(lower(substr({row}{name}, n, 1))) || ' ' || hex(lower(substr({row}{name}, n, 2))), ' ')"
        f" FROM gram_place WHERE n <= length({row}{name}))"
        for name in columns
    )
