"""并入: one department becomes part of another of the same organization, with all that it has open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, true, update
from sqlalchemy.orm import joinedload

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.states import OPEN_STATUSES, Action, ApplicationStatus, CertificateStatus, ChangeState
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Application, Certificate, ChangeRequest, Department
from app.policies.actor import Actor
from app.policies.roles import KEEP_DEPARTMENTS
from app.services import delegations, notices, rows, texts, workflow
from app.services.audit import audit
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class Plan:
    """What a merger would move. ``doubled`` are the cases that forbid it: of experts with one open at either."""

    source: Department
    target: Department
    cases: Counter[ApplicationStatus]
    certificates: int
    requests: int
    people: int
    doubled: tuple[str, ...]

    @property
    def seen(self) -> str:
        """The figures as the form carries them: what was agreed to."""
        return "-".join(
            str(n) for n in (*(self.cases[s] for s in OPEN_STATUSES), self.certificates, self.requests, self.people)
        )

    @property
    def refusal(self) -> str | None:
        """Why it cannot be done now, as a sentence; ``None`` where it can."""
        if not self.doubled:
            return None
        return (
            f"申报 {'、'.join(self.doubled)} 的专家在{self.target.name}也有未办结的申报，一位专家在一个部门只能有一件。"
            "请先办结其中一件（通过并备案、驳回，或由专家撤回），再并入。"
        )


def one(actor: Actor, department_id: int | str) -> Department:
    """A department that is still there. Raises ``NotAllowed``, ``NotFound``, ``Conflict`` for a retired one."""
    if not actor.may(KEEP_DEPARTMENTS):
        raise NotAllowed("您没有维护部门的权限。")
    found = rows.one(Department, department_id, true(), joinedload(Department.organization))
    if found.retired:
        raise Conflict(f"{found.organization.name}{found.name}已停用，不能并入。")
    return found


def receivers(source: Department) -> list[Department]:
    """Into which it can be merged: living ones of its organization that take applications where it does."""
    fits = [Department.receives] if source.receives else []
    return list(
        db.session.scalars(
            select(Department)
            .where(
                Department.organization_id == source.organization_id,
                Department.id != source.id,
                Department.retired.is_(False),
                *fits,
            )
            .order_by(Department.id)
        )
    )


def plan(actor: Actor, department_id: int | str, target_id: int) -> Plan:
    """What would move. Raises as ``one`` does, and ``Invalid`` for a department that cannot receive it."""
    source = one(actor, department_id)
    target = next((department for department in receivers(source) if department.id == target_id), None)
    if target is None:
        raise Invalid("请从列表中选择接收部门。", field="into")
    by_status = select(Application.status, func.count()).where(*_open(source)).group_by(Application.status)
    theirs = select(Application.expert_id).where(*_open(target))
    doubled = db.session.scalars(
        select(Application).where(*_open(source), Application.expert_id.in_(theirs)).order_by(Application.id)
    )
    return Plan(
        source,
        target,
        Counter(dict(db.session.execute(by_status).all())),
        rows.count(select(Certificate.id).where(*_holding(source))),
        rows.count(select(ChangeRequest.id).where(*_asked(source))),
        rows.count(select(Account.id).where(Account.department_id == source.id)),
        tuple(case.number for case in doubled),
    )


@transactional
def merge(actor: Actor, department_id: int | str, target_id: int, seen: str, *, with_people: bool) -> Plan:
    """Moves open cases, valid certificates, 变更申请 that wait, and people where wanted; retires the department.

    All of it or nothing. Filed cases stay where they were decided; their valid certificates become the target's to
    terminate, number and text unchanged (R16, R20). Raises as ``plan`` does, and ``Conflict`` where the figures are
    no longer those that were agreed to, or an expert has an open case at either: which one goes on is for the heads
    and the expert to say.
    """
    # Submitting takes a share of this lock; filing, which refers to a department, does not wait for it.
    held = select(Department).where(Department.id.in_([rows.key_of(department_id), target_id])).order_by(Department.id)
    db.session.scalars(held.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    source = one(actor, department_id)
    # Each is held before it is counted: who decides one at the same time has done so, or will find it moved.
    cases = list(db.session.scalars(_locked(select(Application).where(*_open(source)).order_by(Application.id))))
    held_ones = select(Certificate).where(*_holding(source)).order_by(Certificate.id)
    certificates = list(db.session.scalars(_locked(held_ones)))
    agreed = plan(actor, department_id, target_id)
    if agreed.seen != seen:
        raise Conflict("情况有变，数目与您看到的不同，没有并入。请重新查看后再确认。")
    if agreed.refusal is not None:
        raise Conflict(agreed.refusal)
    reason = f"{source.name}并入{agreed.target.name}。"
    for case in (*cases, *certificates):
        workflow.advance(case, Action.MOVE, actor, reason=reason, values={"department_id": target_id})
    for case in cases:
        notices.application_moved(case)
    requests = update(ChangeRequest).where(*_asked(source))
    db.session.execute(requests.values(department_id=target_id, version=ChangeRequest.version + 1))
    people = list(db.session.scalars(select(Account).where(Account.department_id == source.id)))
    delegations.end_all([account.id for account in people], actor, "部门并入")
    if with_people:
        for account in people:
            _move(account, agreed.target, actor)
    source.retired = True
    moved = {
        "并入": agreed.target.name,
        "移交申报": str(len(cases)),
        "移交聘书": str(len(certificates)),
        "移交变更申请": str(agreed.requests),
    }
    after = {"停用": texts.YES, **moved, "转入人员": str(len(people) if with_people else 0)}
    audit(actor, "部门并入", f"部门#{source.id}", {"changes": texts.changes({"停用": texts.NO}, after)})
    return agreed


def _move(account: Account, target: Department, actor: Actor) -> None:
    before = texts.recorded(account)
    account.department = target
    changed = texts.changes(before, texts.recorded(account))
    audit(actor, "修改账号", f"账号#{account.id}", {"changes": changed})


def _open(department: Department) -> tuple[Any, ...]:
    return Application.department_id == department.id, Application.status.in_(OPEN_STATUSES)


def _holding(department: Department) -> tuple[Any, ...]:
    """What the department can still terminate; what has run out stays where it was."""
    return (
        Certificate.department_id == department.id,
        Certificate.status == CertificateStatus.VALID,
        or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today_in_shanghai()),
    )


def _asked(department: Department) -> tuple[Any, ...]:
    return ChangeRequest.department_id == department.id, ChangeRequest.state == ChangeState.OPEN


def _locked(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update().execution_options(populate_existing=True)
