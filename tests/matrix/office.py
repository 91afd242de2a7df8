"""Who stands how to a case of 昆明's department for chemicals, of an expert of 五华区."""

from __future__ import annotations

from typing import Any

from app.models import Account, Application, Department, Expert
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.support import people
from tests.support.people import CHEMICALS, KUNMING, MINES, PROVINCE, QUJING, WUHUA

VISITOR, EXPERT = "访客", "专家用户"
OFFICIALS = (STAFF, REVIEWER, FILER, ADMINISTRATOR)

OWN, DEPARTMENT, ORGANIZATION, ABOVE, BELOW, ELSEWHERE = "本人", "申报部门", "同机构他处", "上级", "下级", "他州市"
RELATIONS = (OWN, DEPARTMENT, ORGANIZATION, ABOVE, BELOW, ELSEWHERE)

PLACES = {
    DEPARTMENT: (CHEMICALS, KUNMING),
    ORGANIZATION: (MINES, KUNMING),
    ABOVE: (CHEMICALS, PROVINCE),
    ELSEWHERE: (CHEMICALS, QUJING),
}


def cells() -> list[tuple[str, str]]:
    """Every role in every relation that it can have: a visitor and another expert stand elsewhere."""
    officials = [(role, relation) for relation in RELATIONS for role in OFFICIALS]
    return [(EXPERT, OWN), *officials, (EXPERT, ELSEWHERE), (VISITOR, ELSEWHERE)]


def person(role: str, relation: str, case: Application) -> Account | Expert | None:
    """A new one who has the role and the relation, or the expert of the case; ``None`` for a visitor."""
    if role == VISITOR:
        return None
    if role == EXPERT:
        return case.expert if relation == OWN else people.expert(people.QILIN)
    # Who is the expert too has a second login in the very department, with all that the role gives (R6).
    same: dict[str, Any] = {"id_number": case.expert.id_number} if relation == OWN else {}
    return people.staff(role, at=_place(relation, case), **same)


def _place(relation: str, case: Application) -> Department:
    if relation == OWN:
        return case.department
    return people.county_department(WUHUA) if relation == BELOW else people.department(*PLACES[relation])
