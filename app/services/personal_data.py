"""下载个人信息: everything that is held about an expert, for the expert alone (PIPL, article 45)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.documents.data import Listing, Section
from app.documents.profile_docx import render_profile
from app.extensions import db
from app.models import (
    Application,
    Attachment,
    AuditEntry,
    Certificate,
    Expert,
    Feedback,
    FeedbackReply,
    Notification,
    SmsMessage,
)
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.services import (
    applications,
    audit,
    case_history,
    certificates,
    change_history,
    change_requests,
    consents,
    corrections,
    form_drafts,
    notifications,
    profile_document,
    profile_history,
    profiles,
)
from app.services.ports import ports
from app.services.texts import text_of


class _Pieces(io.RawIOBase):
    """Takes what ``zipfile`` writes, and gives it away: the archive is never whole in memory or on disk."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Keep a piece until it is taken."""
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """What came since the last call."""
        taken, self._held = bytes(self._held), bytearray()
        return taken


def archive(actor: Actor) -> Iterator[bytes]:
    """A ZIP in pieces: 个人信息.json, the Word form, every file and certificate."""
    expert = profiles.own(actor)
    audit.audit_apart(actor, "下载个人信息", f"专家#{expert.id}")
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("个人信息.json", json.dumps(_everything(actor, expert), ensure_ascii=False, indent=2))
        out.writestr("专家信息登记表.docx", render_profile(profile_document.profile_data(expert, full=True)))
        yield pieces.take()
        for attachment in _attachments(expert):
            out.writestr(f"附件/{attachment.id}_{attachment.filename}", ports().storage.read(attachment.digest))
            yield pieces.take()
        for certificate in certificates.of_expert(expert.id):
            out.writestr(f"聘书/聘书_{certificate.number}.pdf", certificates.pdf(certificate))
            yield pieces.take()
    yield pieces.take()


def _attachments(expert: Expert) -> list[Attachment]:
    """Removed ones too: they are still held."""
    return list(db.session.scalars(select(Attachment).where(Attachment.expert_id == expert.id)))


def _everything(actor: Actor, expert: Expert) -> dict[str, Any]:
    account = expert.user
    cases = list(db.session.scalars(select(Application).where(Application.expert_id == expert.id)))
    histories = applications.histories([case.id for case in cases])
    return {
        "账号": {"姓名": account.name, "注册时间": _iso(expert.created_at), "最近登录": _iso(account.last_login)},
        "基本信息": [_part(part) for part in profile_document.parts_of(expert, full=True)],
        "同意记录": [
            {"文件": row.kind.label, "版本": row.version, "时间": _iso(row.given_at)}
            for row in consents.given_by(account.id)
        ],
        "附件": [_row(attachment) for attachment in _attachments(expert)],
        "申报": [
            {
                "编号": case.number,
                "部门": f"{case.organization.name}{case.department.name}",
                "状态": case.status.label,
                "申报时存档": case.snapshot.content["parts"],
                "历次提交存档": [made.snapshot.content["parts"] for made in corrections.submissions(case)],
                "经过": [
                    {"时间": _iso(step.at), "办理": step.action.label, "说明": case_history.said(step)}
                    for step in histories[case.id]
                ],
            }
            for case in cases
        ],
        "资料修改": [
            {"时间": _iso(row.at), "操作": row.action, "说明": profile_history.said(row)}
            for row in profile_history.of(expert.id)
        ],
        "变更申请": [
            {
                "编号": change.request.number,
                "部门": f"{change.request.organization.name}{change.request.department.name}",
                "时间": _iso(change.at),
                "办理": change.action.label,
                "说明": change.said,
            }
            for change in change_history.steps_of(change_requests.of_expert(expert.id))
        ],
        "未提交的填写内容": [
            {"表单": row.form, "时间": _iso(row.saved_at), "内容": row.content} for row in form_drafts.every(account.id)
        ],
        "聘书": [_declared(row) for row in _of(Certificate, Certificate.expert_id == expert.id)],
        "意见反馈": [
            {**_declared(row), "往来": [_said(reply) for reply in row.replies]}
            for row in _of(Feedback, Feedback.asker_id == account.id)
        ],
        "短信": [
            {"时间": _iso(row.created_at), "用途": row.purpose, "状态": row.status.label}
            for row in _of(SmsMessage, SmsMessage.mobile == expert.mobile)
        ],
        "通知": [
            {"时间": _iso(row.created_at), "内容": row.text, "已读": _iso(row.read_at)}
            for row in _of(Notification, Notification.account_id == account.id)
        ],
        "短信通知": {
            choice.kind.label: choice.by_sms for under in notifications.choices(actor).values() for choice in under
        },
        "操作日志": [_declared(row) for row in _of(AuditEntry, AuditEntry.actor_id == account.id)],
    }


def _of(model: type[Any], clause: Any) -> list[Any]:
    return list(db.session.scalars(select(model).where(clause).order_by(model.id)))


def _declared(row: Any) -> dict[str, str]:
    return {field.label: text_of(getattr(row, name)) for name, field in all_fields(type(row)).items()}


def _said(reply: FeedbackReply) -> dict[str, Any]:
    return {"时间": _iso(reply.said_at), "是答复": reply.is_answer, "内容": reply.text}


def _row(attachment: Attachment) -> dict[str, Any]:
    return {
        "类别": attachment.kind.label,
        "文件名": attachment.filename,
        "上传时间": _iso(attachment.uploaded_at),
        "移除时间": _iso(attachment.removed_at),
    }


def _part(part: Section | Listing) -> dict[str, Any]:
    if isinstance(part, Section):
        return {part.title: {entry.label: entry.value for entry in part.entries}}
    return {part.title: [dict(zip(part.headings, row, strict=True)) for row in part.rows]}


def _iso(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
