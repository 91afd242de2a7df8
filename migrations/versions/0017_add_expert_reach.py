"""Which region's officials see an expert, and whether a department has approved one: kept by the database itself.

``expert_reach`` has a row for the expert's own region and for that of each organization applied to, and for every
region above. It is worked out anew for an expert whenever one of these changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import gently

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPROVED = "status IN ('pending_filing', 'filed')"
LEVELS = ("substr(code, 1, 2) || '0000'", "substr(code, 1, 4) || '00'", "code")
"""GB/T 2260: the province, the prefecture and the place itself of a code."""


def upgrade() -> None:
    """Adds table and column, fills them, and has the database keep them: on PostgreSQL before they are filled."""
    if gently.on_postgresql():
        if not gently.has("expert_reach"):
            _add()
            _keep_on_postgresql()
        gently.in_batches("expert", *FILLED)
    else:
        _add()
        op.execute(f"UPDATE expert SET approved = true WHERE id IN (SELECT expert_id FROM application WHERE {APPROVED})")
        op.execute(f"INSERT INTO expert_reach (region_code, expert_id, approved, home) {_wanted('')}")
        _keep_on_sqlite()


def _add() -> None:
    op.add_column("expert", sa.Column("approved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "expert_reach",
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("expert_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("home", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region_code", "expert_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_expert_reach_expert_id", "expert_reach", ["expert_id"])
    op.create_index("ix_expert_reach_approved", "expert_reach", ["region_code", "approved", "expert_id"])
    op.create_index("ix_expert_reach_home", "expert_reach", ["region_code", "home", "approved", "expert_id"])


def downgrade() -> None:
    """Takes them away, triggers first."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("expert", "application"):
            for event in ("added", "changed", "removed"):
                op.execute(f"DROP TRIGGER IF EXISTS expert_reach_{table}_{event} ON {table}")
        op.execute("DROP FUNCTION expert_reach_follows()")
        op.execute("DROP FUNCTION refresh_expert_reach(integer)")
    else:
        for name in op.get_bind().exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'expert_reach_%'"
        ):
            op.execute(f"DROP TRIGGER {name[0]}")
    op.drop_table("expert_reach")
    op.drop_column("expert", "approved")


def _wanted(which: str) -> str:
    """The rows that belong there: of all experts, or of those whose id is ``which``."""
    of_expert, of_case = (f" AND {key} {which}" if which else "" for key in ("id", "expert_id"))
    levels = " UNION ALL ".join(
        f"SELECT {level} AS region_code, expert_id, approved, home FROM ("
        "SELECT region_code AS code, id AS expert_id, approved, 1 AS home FROM expert"
        f" WHERE region_code IS NOT NULL{of_expert}"
        " UNION ALL SELECT application.region_code, expert_id, approved, 0 FROM application"
        f" JOIN expert ON expert.id = expert_id WHERE true{of_case}) AS places{number}"
        for number, level in enumerate(LEVELS)
    )
    return (
        f"SELECT region_code, expert_id, approved, max(home) = 1 FROM ({levels}) AS every_level"
        " GROUP BY region_code, expert_id, approved"
    )


def _steps(person: str) -> str:
    """What brings an expert's rows up to date; what is right already is not touched."""
    passed = f"EXISTS (SELECT 1 FROM application WHERE expert_id = {person} AND {APPROVED})"
    return f"""
        UPDATE expert SET approved = {passed} WHERE id = {person} AND approved <> {passed};
        DELETE FROM expert_reach WHERE expert_id = {person}
            AND region_code NOT IN (SELECT region_code FROM ({_wanted(f"= {person}")}) AS wanted);
        {_entered(f"= {person}")};
    """


def _entered(which: str) -> str:
    return f"""INSERT INTO expert_reach (region_code, expert_id, approved, home)
            SELECT * FROM ({_wanted(which)}) AS wanted WHERE true
            ON CONFLICT (region_code, expert_id) DO UPDATE SET approved = excluded.approved, home = excluded.home
            WHERE expert_reach.approved <> excluded.approved OR expert_reach.home <> excluded.home"""


SOME = "BETWEEN {first} AND {last}"
FILLED = (
    f"SELECT 1 FROM expert WHERE id {SOME} ORDER BY id FOR NO KEY UPDATE",
    f"UPDATE expert SET approved = true WHERE id {SOME} AND NOT approved"
    f" AND EXISTS (SELECT 1 FROM application WHERE expert_id = expert.id AND {APPROVED})",
    _entered(SOME),
)
"""What brings some experts up to date, while triggers do the same for whoever is changed meanwhile."""


EVENTS = {
    "added": "INSERT",
    "removed": "DELETE",
    "changed": "UPDATE OF status, region_code, expert_id",
}
CROSSES = (
    f"(OLD.{APPROVED}) <> (NEW.{APPROVED}) OR OLD.region_code <> NEW.region_code OR OLD.expert_id <> NEW.expert_id"
)
"""A step that neither approves nor takes an approval back is none of the reach's business."""


def _keep_on_sqlite() -> None:
    for event, act in {"added": "INSERT", "changed": "UPDATE OF region_code"}.items():
        op.execute(f"CREATE TRIGGER expert_reach_expert_{event} AFTER {act} ON expert BEGIN {_steps('NEW.id')} END")
    for event, act in EVENTS.items():
        people = {"added": ["NEW"], "removed": ["OLD"], "changed": ["NEW", "OLD"]}[event]
        steps = "".join(_steps(f"{row}.expert_id") for row in people)
        when = f"WHEN {CROSSES} " if event == "changed" else ""
        op.execute(f"CREATE TRIGGER expert_reach_application_{event} AFTER {act} ON application {when}BEGIN {steps} END")


def _keep_on_postgresql() -> None:
    # Two cases of one expert that are decided at once wait for each other: each counts what the other has done.
    op.execute(f"""
        CREATE FUNCTION refresh_expert_reach(person integer) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM expert WHERE id = person FOR NO KEY UPDATE;
            {_steps("person")}
        END $$
    """)
    op.execute("""
        CREATE FUNCTION expert_reach_follows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'expert' THEN
                PERFORM refresh_expert_reach(NEW.id);
            ELSE
                IF TG_OP <> 'DELETE' THEN PERFORM refresh_expert_reach(NEW.expert_id); END IF;
                IF TG_OP = 'DELETE' THEN PERFORM refresh_expert_reach(OLD.expert_id);
                ELSIF TG_OP = 'UPDATE' AND OLD.expert_id <> NEW.expert_id THEN
                    PERFORM refresh_expert_reach(OLD.expert_id);
                END IF;
            END IF;
            RETURN NULL;
        END $$
    """)
    follow = "FOR EACH ROW {} EXECUTE FUNCTION expert_reach_follows()"
    op.execute(f"CREATE TRIGGER expert_reach_expert_added AFTER INSERT ON expert {follow.format('')}")
    moved = follow.format("WHEN (OLD.region_code IS DISTINCT FROM NEW.region_code)")
    op.execute(f"CREATE TRIGGER expert_reach_expert_changed AFTER UPDATE OF region_code ON expert {moved}")
    for event, act in EVENTS.items():
        when = f"WHEN ({CROSSES})" if event == "changed" else ""
        op.execute(
            f"CREATE TRIGGER expert_reach_application_{event} AFTER {act} ON application {follow.format(when)}"
        )
