"""Which rows may this actor see? The only answer to that question (R1, R5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select

from app.domain.states import Action
from app.models import Application, Attachment, Certificate, ChangeRequest, Expert, Organization, Transition
from app.policies.actor import Actor
from app.policies.roles import (
    FILE,
    READ_APPLICATIONS,
    READ_CERTIFICATES,
    READ_DESIGNS,
    READ_EXPERTS,
    REVIEW,
    Permission,
)
from app.policies.sight import Sight


def sight(actor: Actor, permission: Permission) -> Sight | None:
    """The experts of the actor's region, for who has ``permission`` and a region; ``None`` is nobody (R1)."""
    return Sight(actor.region_span) if actor.region_span is not None and actor.may(permission) else None


def visible_experts(actor: Actor) -> ColumnElement[bool]:
    """Experts of the actor's region: who live in it, or who have applied to an organization in it (R1)."""
    return _seen(actor, READ_EXPERTS, Expert.id)


def visible_applications(actor: Actor) -> ColumnElement[bool]:
    """The applications of the experts of the actor's region (R1)."""
    return _seen(actor, READ_APPLICATIONS, Application.expert_id)


def visible_certificates(actor: Actor) -> ColumnElement[bool]:
    """The certificates of the experts of the actor's region (R1)."""
    return _seen(actor, READ_CERTIFICATES, Certificate.expert_id)


def overseen_organizations(actor: Actor) -> ColumnElement[bool]:
    """The organizations of the actor's region: those whose certificates the actor sees every one of (R1)."""
    return _organizations(actor, READ_CERTIFICATES)


def visible_change_requests(actor: Actor) -> ColumnElement[bool]:
    """The 变更申请 of the experts whose applications the actor sees (R1)."""
    return _seen(actor, READ_APPLICATIONS, ChangeRequest.expert_id)


def visible_transitions(actor: Actor) -> ColumnElement[bool]:
    """The history of the applications that the actor sees."""
    return Transition.application_id.in_(select(Application.id).where(visible_applications(actor)))


def visible_attachments(actor: Actor) -> ColumnElement[bool]:
    """The files of the experts that the actor sees, and the actor's own as an expert (R5)."""
    seen = _seen(actor, READ_EXPERTS, Attachment.expert_id)
    return seen if actor.expert_id is None else or_(seen, Attachment.expert_id == actor.expert_id)


def designed_organizations(actor: Actor) -> ColumnElement[bool]:
    """The organizations whose 聘书样式 the actor sees: of the actor's region and those below."""
    return _organizations(actor, READ_DESIGNS)


def decidable(actor: Actor, action: Action) -> ColumnElement[bool]:
    """The cases that ``permissions.may`` lets the actor approve or file, whatever their status (R2-R6)."""
    if action is Action.APPROVE:
        permission, place, own_place = REVIEW, Application.department_id, actor.department_id
    else:
        permission, place, own_place = FILE, Application.organization_id, actor.organization_id
    if not actor.may(permission) or own_place is None or actor.id_number is None:
        return false()
    barred = _person(actor.user_id, actor.id_number)
    lent = actor.lent(permission)
    if lent:
        # Whoever has it from several may act on the case of one by the duty of another.
        barred = or_(barred, and_(*(_person(loan.principal_id, loan.principal_id_number) for loan in lent)))
    return and_(place == own_place, Application.expert_id.not_in(select(Expert.id).where(barred)))


def _organizations(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    if actor.region_span is None or not actor.may(permission):
        return false()
    return Organization.region_code.between(*actor.region_span)


def _person(user_id: int, id_number: str) -> ColumnElement[bool]:
    """The experts that a person is, through this login or another."""
    return or_(Expert.user_id == user_id, Expert.id_number == id_number)


def _seen(actor: Actor, permission: Permission, expert_id: Any) -> ColumnElement[bool]:
    seen = sight(actor, permission)
    return false() if seen is None else seen.of(expert_id)
