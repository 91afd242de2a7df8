"""Who stands how to a case of 昆明's department for chemicals, of an expert of 五华区."""

from __future__ import annotations

from app.domain.duties import Duty
from app.models import Account, Application, Department, Expert
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.support import lending, people
from tests.support.people import CHEMICALS, KUNMING, MINES, PROVINCE, QUJING, WUHUA

VISITOR, EXPERT, DEPUTY = "访客", "专家用户", "受托人"
OFFICIALS = (STAFF, REVIEWER, FILER, ADMINISTRATOR)

OWN, DEPARTMENT, ORGANIZATION, ABOVE, BELOW, ELSEWHERE = "本人", "申报部门", "同机构他处", "上级", "下级", "他州市"
PRINCIPALS = "委托人本人"
RELATIONS = (OWN, PRINCIPALS, DEPARTMENT, ORGANIZATION, ABOVE, BELOW, ELSEWHERE)

PLACES = {
    DEPARTMENT: (CHEMICALS, KUNMING),
    ORGANIZATION: (MINES, KUNMING),
    ABOVE: (CHEMICALS, PROVINCE),
    ELSEWHERE: (CHEMICALS, QUJING),
}


def cells() -> list[tuple[str, str]]:
    """Every role in every relation that it can have: a visitor and another expert stand elsewhere.

    Who acts by 委托 has the role of 政府用户, and 审核 and 备案 from two heads of the same department.
    """
    officials = [(role, relation) for relation in (OWN, *PLACES, BELOW) for role in (*OFFICIALS, DEPUTY)]
    return [(EXPERT, OWN), *officials, (DEPUTY, PRINCIPALS), (EXPERT, ELSEWHERE), (VISITOR, ELSEWHERE)]


def person(role: str, relation: str, case: Application) -> Account | Expert | None:
    """A new one who has the role and the relation, or the expert of the case; ``None`` for a visitor."""
    if role == VISITOR:
        return None
    if role == EXPERT:
        return case.expert if relation == OWN else people.expert(people.QILIN)
    at = _place(relation, case)
    # Who is the expert too has a second login in the very department, with all that the role gives (R6).
    same = {"id_number": case.expert.id_number} if relation == OWN else {}
    if role != DEPUTY:
        return people.staff(role, at=at, **same)
    deputy = people.staff(STAFF, at=at, **same)
    if relation == PRINCIPALS:
        head = people.staff(REVIEWER, FILER, at=at, id_number=case.expert.id_number)
        heads = {Duty.REVIEW: head, Duty.FILE: head}
    else:
        heads = {Duty.REVIEW: people.staff(REVIEWER, at=at), Duty.FILE: people.staff(FILER, at=at)}
    for duty, head in heads.items():
        lending.lend(head, deputy, duty)
    return deputy


def _place(relation: str, case: Application) -> Department:
    if relation in (OWN, PRINCIPALS):
        return case.department
    return people.county_department(WUHUA) if relation == BELOW else people.department(*PLACES[relation])
