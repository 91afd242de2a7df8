"""Cases by the hundred, copied from one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from app.extensions import db
from tests.support import cases, people


def approved_cases(count: int) -> list[int]:
    """Approved cases of as many experts, copied from one in the database: the ids."""
    case = cases.approved_case()

    def copies(row: Any, changes: list[dict[str, Any]]) -> list[int]:
        table = type(row).__table__
        values = dict(db.session.execute(select(table).where(table.c.id == row.id)).mappings().one())
        del values["id"]
        return list(
            db.session.scalars(insert(table).returning(table.c.id), [{**values, **change} for change in changes])
        )

    users = copies(case.expert.user, [{"username": f"copy{n}"} for n in range(count)])
    experts = copies(
        case.expert,
        [{"user_id": u, "id_number_index": people.new_id_number(), "mobile_index": people.new_mobile()} for u in users],
    )
    made = copies(case, [{"expert_id": expert} for expert in experts])
    db.session.commit()
    return made
