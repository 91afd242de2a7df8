"""The table as it stands in docs/security.md."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.matrix.measure import ACTS, LOGIN, MISSING, REFUSED, Outcomes
from tests.matrix.office import DEPUTY, EXPERT, RELATIONS, VISITOR
from tests.matrix.ways import Way

GUIDE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- role × relation × action × way in: begin -->", "<!-- role × relation × action × way in: end -->"

SHORT = {
    EXPERT: "专家",
    STAFF: "政府",
    REVIEWER: "审核",
    FILER: "科信",
    ADMINISTRATOR: "管理",
    VISITOR: "访客",
    DEPUTY: "受托",
}
SIGNS = {ACTS: "**{}**", REFUSED: "{} ✕", MISSING: "{} 404", LOGIN: "{} ↪"}


def tables(acting: dict[Way, Outcomes], reading: dict[str, Outcomes], app: Flask) -> str:
    """Who moves a case, a line a way in; who reads, a line an address."""
    moved = [
        (way.action.label, f"`POST {_rule(app, way.endpoint, 'POST')}`", outcomes) for way, outcomes in acting.items()
    ]
    read = [("查看", f"`GET {_rule(app, endpoint, 'GET')}`", outcomes) for endpoint, outcomes in reading.items()]
    return _table(moved + read)


def _table(rows: list[tuple[str, str, Outcomes]]) -> str:
    head = ("动作", "途径", *RELATIONS)
    lines = [head, ("---",) * len(head)]
    lines += [(action, way, *(_cell(outcomes, relation) for relation in RELATIONS)) for action, way, outcomes in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _rule(app: Flask, endpoint: str, method: str) -> str:
    """The address as ``url_map`` writes it."""
    (found,) = (one for one in app.url_map.iter_rules(endpoint) if method in (one.methods or ()))
    return str(found)


def _cell(outcomes: Outcomes, relation: str) -> str:
    by_outcome = {
        outcome: " ".join(
            SHORT[role] for (role, stands), came in outcomes.items() if (stands, came) == (relation, outcome)
        )
        for outcome in SIGNS
    }
    return "; ".join(SIGNS[outcome].format(roles) for outcome, roles in by_outcome.items() if roles)


def printed() -> str:
    """The table that the guide holds."""
    return GUIDE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip() + "\n"


def reprint(text: str) -> None:
    """Puts the table into the guide."""
    before, rest = GUIDE.read_text(encoding="utf-8").split(BEGIN)
    GUIDE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
