"""申报: the expert's side of a case (R10-R12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.errors import Conflict, Invalid
from app.domain.states import OPEN_STATUSES, Action, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, Department, Expert, Organization, Region, Submission, Transition
from app.policies.actor import Actor
from app.services import notices, profile_document, profiles, rows, workflow
from app.services.unit_of_work import one_at_a_time, transactional

PREFECTURE = 1
"""Applications go to departments of the province or of a prefecture, not of a county."""


def receiving_departments() -> list[Department]:
    """The departments that take applications, the province's first, then by prefecture."""
    return list(
        db.session.scalars(
            select(Department)
            .join(Department.organization)
            .join(Organization.region)
            .options(contains_eager(Department.organization).contains_eager(Organization.region))
            .where(
                Department.receives,
                Department.retired.is_(False),
                Organization.retired.is_(False),
                Region.level <= PREFECTURE,
            )
            .order_by(Region.code, Department.id)
        )
    )


def closed_departments(expert_id: int) -> dict[int, str]:
    """Department id to the reason why the expert cannot apply there now."""
    today = today_in_shanghai()
    opened = db.session.execute(
        select(Application.department_id, Application.status).where(
            Application.expert_id == expert_id, Application.status.in_(OPEN_STATUSES)
        )
    )
    certified = db.session.scalars(
        select(Certificate.department_id).where(
            Certificate.expert_id == expert_id,
            Certificate.status == CertificateStatus.VALID,
            or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today),
        )
    )
    return dict.fromkeys(certified, "已有有效聘书") | {
        department_id: f"已申报，{status.label}" for department_id, status in opened
    }


@transactional
def submit(actor: Actor, department_ids: Sequence[int]) -> list[Application]:
    """Opens one case at each department, all with one snapshot of the profile (R11), or none.

    Raises ``Invalid`` naming what is missing (R8, R9), or ``Conflict`` where a department has an
    open case or a valid certificate of the expert.
    """
    expert = applicant(actor)
    wanted = set(department_ids)
    if not wanted:
        raise Invalid("请至少选择一个申报部门。", field="departments")
    departments = receiving(wanted)
    closed = closed_departments(expert.id)
    for department in departments:
        if department.id in closed:
            raise Conflict(
                f"{department.organization.name}{department.name}：{closed[department.id]}，不能重复申报。",
                field="departments",
            )
    return open_cases(actor, expert, departments)


def applicant(actor: Actor) -> Expert:
    """The actor as one who may apply now; their cases stand still until the transaction ends.

    Raises ``Conflict`` for a closed account, ``Invalid`` naming what the profile lacks (R8, R9).
    """
    one_at_a_time(f"cases of expert {actor.expert_id}")
    expert = profiles.own(actor)
    if expert.closed_at is not None:
        raise Conflict("账号已注销，不能申报。")
    gaps = profiles.missing(expert)
    if gaps:
        raise Invalid("资料还不完整，请先填写：" + "、".join(gaps) + "。")
    return expert


def receiving(wanted: set[int]) -> list[Department]:
    """These departments, kept from being merged away until the transaction ends. Raises ``Invalid``."""
    _keep_living(wanted)
    departments = [d for d in receiving_departments() if d.id in wanted]
    if len(departments) != len(wanted):
        raise Invalid("所选部门不受理申报，请重新选择。", field="departments")
    return departments


def open_cases(
    actor: Actor, expert: Expert, departments: Iterable[Department], renews: Certificate | None = None
) -> list[Application]:
    """One case at each department with one snapshot (R11), in the transaction of who has asked whether they may.

    ``renews`` is the certificate that the case is to follow; its number and end stay in 审核历史.
    """
    snapshot = profile_document.take_snapshot(expert)
    opened = [
        Application(
            expert=expert,
            expert_id=expert.id,
            department_id=department.id,
            organization_id=department.organization_id,
            region_code=department.organization.region_code,
            snapshot=snapshot,
            renews=renews,
        )
        for department in departments
    ]
    reason = f"续聘，原聘书 {renews.number}，有效期限 {renews.term_words}" if renews else ""
    for application in opened:
        workflow.begin(application, actor, reason)
        db.session.add(Submission(application_id=application.id, snapshot=snapshot))
        notices.application_submitted(application)
    return opened


def _keep_living(department_ids: Iterable[int]) -> None:
    """Until the transaction ends, nobody merges these departments into others: a retired one decides no case."""
    db.session.execute(
        select(Department.id)
        .where(Department.id.in_(department_ids))
        .order_by(Department.id)
        .with_for_update(read=True)
    )


@transactional
def withdraw(actor: Actor, application_id: int, version: int | None = None) -> None:
    """Takes back a case that no department has decided; ``version`` is the one that the expert saw."""
    application = own_case(actor, application_id)
    workflow.advance(application, Action.WITHDRAW, actor, version=version)
    notices.application_withdrawn(application)


def own_case(actor: Actor, application_id: int) -> Application:
    """One of the actor's own cases (R5). Raises ``NotFound``."""
    own = Application.expert_id == actor.expert_id
    return rows.one(Application, application_id, own, joinedload(Application.expert))


def own_cases(actor: Actor) -> list[Application]:
    """All cases of the actor, the newest first."""
    return list(
        db.session.scalars(
            select(Application)
            .options(joinedload(Application.department), joinedload(Application.organization))
            .where(Application.expert_id == actor.expert_id)
            .order_by(Application.id.desc())
        )
    )


def histories(application_ids: Sequence[int]) -> dict[int, list[Transition]]:
    """The steps of each case, the oldest first, in one statement."""
    found: dict[int, list[Transition]] = {application_id: [] for application_id in application_ids}
    for step in db.session.scalars(
        select(Transition).where(Transition.application_id.in_(application_ids)).order_by(Transition.id)
    ):
        found[step.application_id].append(step)
    return found
