"""待审核: the department's decision (R2, R3, R13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.errors import Invalid
from app.domain.states import Action
from app.domain.term import Term
from app.domain.titles import clean_title, proposed_title
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, AppointingBody, Certificate, Expert, Field, Organization, Speciality
from app.models.choices import SENIOR_TITLE_LEVELS
from app.policies.actor import Actor
from app.policies.scope import visible_applications
from app.services import notices, rows, workflow
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class Decision:
    """What a reviewer chooses on approval (R13). ``title`` is the wording without 专家."""

    speciality_id: int
    appointing_body_id: int
    title: str
    term: Term


CASE_OPTIONS = (
    joinedload(Application.expert),
    joinedload(Application.department),
    joinedload(Application.organization).joinedload(Organization.region),
    joinedload(Application.snapshot),
    joinedload(Application.speciality).joinedload(Speciality.field).joinedload(Field.industry),
    joinedload(Application.appointing_body),
    joinedload(Application.renews),
)
"""What is read with a case, so that its page asks for nothing more."""


def case(application_id: int | str, actor: Actor) -> Application:
    """A case in the actor's scope, with what its page shows. Raises ``NotFound``."""
    return rows.one(Application, application_id, visible_applications(actor), *CASE_OPTIONS)


@transactional
def approve(application_id: int, actor: Actor, decision: Decision, version: int | None = None) -> None:
    """Passes the case on to filing. Raises ``NotFound``, ``NotAllowed``, ``Conflict`` or ``Invalid``."""
    application = case(application_id, actor)
    title = clean_title(decision.title)
    check_body(decision.appointing_body_id, application.organization_id)
    speciality = db.session.get(Speciality, decision.speciality_id)
    if speciality is None:
        raise Invalid("请选择行业领域。", field="speciality")
    if speciality.retired:
        raise Invalid(f"专业类别“{speciality.name}”已停用，请另选。", field="speciality")
    term = decision.term
    check_term(term)
    workflow.advance(
        application,
        Action.APPROVE,
        actor,
        version=version,
        values={
            "speciality_id": speciality.id,
            "appointing_body_id": decision.appointing_body_id,
            "title": title,
            "starts_on": term.start,
            "ends_on": term.end,
            "term_years": term.years,
        },
    )
    notices.application_approved(application, actor)


def check_body(appointing_body_id: int, organization_id: int | None) -> None:
    """Raises ``Invalid`` for a body that is not the organization's own, or is retired (R14)."""
    body = db.session.get(AppointingBody, appointing_body_id)
    if body is None:
        raise Invalid("请选择聘用单位。", field="appointing_body")
    if body.organization_id != organization_id:
        raise Invalid(f"“{body.name}”不是本机构的聘用单位，请另选。", field="appointing_body")
    if body.retired:
        raise Invalid(f"聘用单位“{body.name}”已停用，请另选。", field="appointing_body")


def check_term(term: Term) -> None:
    """Raises ``Invalid`` for a term that would be over before it can begin (R13)."""
    if term.start is None and term.end is not None and term.end < today_in_shanghai():
        raise Invalid("有效期从备案之日起算，截止日期不能早于今天。", field="ends_on")


@transactional
def reject(application_id: int, actor: Actor, reason: str, version: int | None = None) -> None:
    """Refuses the case with a reason; the expert may correct and apply again (R12)."""
    application = case(application_id, actor)
    workflow.advance(application, Action.REJECT, actor, reason=reason, version=version)
    notices.application_rejected(application)


RETIREMENT_AGE = 65


def hints(expert: Expert) -> list[str]:
    """What a reviewer should weigh; it blocks nobody."""
    today = today_in_shanghai()
    born = expert.birth_date
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    found = []
    if age > RETIREMENT_AGE:
        found.append(f"年龄{age}岁，超过{RETIREMENT_AGE}岁。")
    if expert.title_level not in SENIOR_TITLE_LEVELS:
        found.append(f"职称为“{expert.title_level or '未填'}”，低于副高级。")
    return found


def bodies(application: Application | Certificate) -> list[AppointingBody]:
    """The appointing bodies to choose from: three for each organization (R14)."""
    return list(
        db.session.scalars(
            select(AppointingBody)
            .where(AppointingBody.organization_id == application.organization_id, AppointingBody.retired.is_(False))
            .order_by(AppointingBody.kind, AppointingBody.id)
        )
    )


def title_for(application: Application, speciality: Speciality) -> str:
    """The wording proposed for a speciality at the organization of the case (R17)."""
    return proposed_title(application.organization.region.name, speciality.field.industry.short_name, speciality.name)


def claimed_specialities(expert: Expert) -> list[Speciality]:
    """What the expert applies as, for the reviewer to choose first."""
    return claims([expert.id])[expert.id]


def claims(expert_ids: Iterable[int]) -> dict[int, list[Speciality]]:
    """What each of these experts applies as, in one statement."""
    found: dict[int, list[Speciality]] = {expert_id: [] for expert_id in expert_ids}
    for expert_id, speciality in db.session.execute(
        select(Expert.id, Speciality)
        .join(Expert.specialities)
        .options(joinedload(Speciality.field).joinedload(Field.industry))
        .where(Expert.id.in_(found))
        .order_by(Speciality.id)
    ):
        found[expert_id].append(speciality)
    return found
