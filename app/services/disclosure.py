"""Personal data in full, with a reason that is kept; and the Word form, masked or not."""

from __future__ import annotations

from app.documents.data import ProfileData
from app.domain.errors import Invalid, NotAllowed
from app.domain.validity import SHANGHAI
from app.models import Application, Expert
from app.models.columns import all_fields
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import EXPORT_FULL, REVEAL, Permission
from app.policies.scope import visible_applications, visible_experts
from app.services import profile_document, rows
from app.services.audit import audit, audit_apart
from app.services.unit_of_work import transactional

SHORTEST_REASON, LONGEST_REASON = 5, 200
MASKED = "证件号码、手机号已脱敏"


@transactional
def reveal_expert(actor: Actor, expert_id: int | str, reason: str) -> None:
    """查看完整信息 of an expert in scope: to be asked before each answer that shows it.

    Raises ``NotAllowed`` without the permission, ``Invalid`` for a reason that is none, ``NotFound``.
    """
    text = _reason(actor, REVEAL, "查看完整信息", reason)
    expert = rows.one(Expert, expert_id, visible_experts(actor))
    audit(actor, "查看完整信息", f"专家#{expert.id}", {"reason": text, "fields": _hidden_labels()})


@transactional
def reveal_case(actor: Actor, application_id: int | str, reason: str) -> None:
    """查看完整信息 of what was submitted with a case in scope. Raises as ``reveal_expert`` does."""
    text = _reason(actor, REVEAL, "查看完整信息", reason)
    case = rows.one(Application, application_id, visible_applications(actor))
    detail = {"reason": text, "fields": _hidden_labels(), "expert": f"专家#{case.expert_id}"}
    audit(actor, "查看完整信息", f"申报#{case.id}", detail)


def own_form(actor: Actor, expert: Expert) -> ProfileData:
    """The expert's own Word form, whole."""
    data = profile_document.profile_data(expert, full=True)
    audit_apart(actor, "导出本人资料", f"专家#{expert.id}")
    return data


def masked_form(actor: Actor, expert: Expert) -> ProfileData:
    """The Word form for officials, masked; ``expert`` is one in the actor's scope."""
    data = profile_document.profile_data(expert, note=MASKED)
    audit_apart(actor, "导出专家信息", f"专家#{expert.id}", {"content": MASKED})
    return data


def full_form(actor: Actor, expert: Expert, reason: str) -> ProfileData:
    """The Word form with everything in it, for who may take that out and says why. Raises as ``reveal_expert`` does."""
    text = _reason(actor, EXPORT_FULL, "导出完整信息", reason)
    moment = now().astimezone(SHANGHAI)
    note = f"含完整个人信息，导出人：{actor.name}（{actor.place}），时间：{moment:%Y-%m-%d %H:%M}"
    data = profile_document.profile_data(expert, note=note, full=True)
    audit_apart(actor, "导出完整信息", f"专家#{expert.id}", {"reason": text, "fields": _hidden_labels()})
    return data


def _reason(actor: Actor, permission: Permission, what: str, reason: str) -> str:
    if not actor.may(permission):
        raise NotAllowed(f"您没有{what}的权限。")
    text = " ".join(reason.split())
    if not SHORTEST_REASON <= len(text) <= LONGEST_REASON:
        raise Invalid(f"请写明原因，{SHORTEST_REASON}至{LONGEST_REASON}个字。", field="reason")
    return text


def _hidden_labels() -> list[str]:
    return [field.label for field in all_fields(Expert).values() if field.mask is not None]
