"""注销: an expert closes the account; after a time to think better of it, what no law asks for is erased.

PIPL, article 47. A certificate that was filed is an official record: the holder's name, sex, birth date, ID number
and the filed case stay until ``RETENTION_YEARS`` after the last one has ended, and are erased then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import delete, inspect, select

from app.domain.errors import Conflict, Invalid
from app.domain.notice_kinds import ASKED, Target, about
from app.domain.states import OPEN_STATUSES, ApplicationStatus, ChangeAction
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import (
    PROFILE_LISTS,
    Account,
    Application,
    Attachment,
    Certificate,
    ChangeRequest,
    Expert,
    Feedback,
    FormDraft,
    LoginSession,
    NoticeChoice,
    Notification,
    ProfileChange,
    RecoveryCode,
    SmsMessage,
    Snapshot,
    UsedPassword,
)
from app.models.columns import all_fields
from app.models.types import now
from app.policies.actor import Actor
from app.services import audit, change_requests, notices, passwords, profiles, sessions
from app.services.unit_of_work import one_at_a_time, transactional

ERASED = "已注销"
SYSTEM = "系统定期清理"
NOBODY_BORN_ON = date(1900, 1, 1)
BATCH = 1000


@transactional
def close(actor: Actor, password: str) -> None:
    """Closes the actor's own account: no login from now on.

    Raises ``Invalid`` for a wrong password, ``Conflict`` while a case is open or a certificate valid: who relies
    on them must hear of it first, by 撤回 or 提前终止.
    """
    one_at_a_time(f"cases of expert {actor.expert_id}")
    expert = profiles.own(actor)
    if not passwords.matches(expert.user, password):
        raise Invalid("密码不正确。", field="password")
    open_case = db.session.scalars(
        select(Application).where(Application.expert_id == expert.id, Application.status.in_(OPEN_STATUSES)).limit(1)
    ).one_or_none()
    if open_case is not None:
        raise Conflict(
            f"申报 {open_case.number} 正在办理（{open_case.status.label}），请先撤回或等待办结，再注销账号。"
        )
    today = today_in_shanghai()
    for certificate in _certificates(expert):
        if certificate.is_valid_on(today):
            raise Conflict(f"聘书 {certificate.number} 仍然有效，请先联系审核部门提前终止，再注销账号。")
    pending = change_requests.open_request(expert.id)
    if pending is not None:
        # Nothing is shut any more: there is nothing left to ask for.
        change_requests.end(pending, ChangeAction.TAKE_BACK, actor, None)
        notices.change_taken_back(pending)
    expert.closed_at = now()
    expert.user.active = False
    sessions.end_all(expert.user)
    notices.account_closed(expert, current_app.config["CLOSING_DAYS"])
    audit.audit(actor, "注销账号", f"专家#{expert.id}")


@transactional
def reopen(login: Account, by: str) -> None:
    """Undoes ``close`` within the time for it. Raises ``Conflict`` where there is nothing to undo."""
    expert = db.session.scalars(select(Expert).where(Expert.user_id == login.id)).one_or_none()
    if expert is None or expert.closed_at is None or expert.erased_at is not None:
        raise Conflict("该账号没有注销，或者个人信息已经删除，不能恢复。")
    expert.closed_at = None
    expert.user.active = True
    audit.add("恢复已注销账号", f"专家#{expert.id}", name=by)


def erase_due() -> int:
    """Erases every closed account whose time has come, each in a transaction of its own; gives how many."""
    moment = now()
    closed_before = moment - timedelta(days=current_app.config["CLOSING_DAYS"])
    due = select(Expert.id).where(Expert.closed_at <= closed_before, Expert.retained_until.is_(None))
    kept = select(Expert.id).where(Expert.retained_until < today_in_shanghai(moment))
    ids = [*db.session.scalars(due.where(Expert.erased_at.is_(None))), *db.session.scalars(kept)]
    for expert_id in ids:
        _erase(expert_id, today_in_shanghai(moment))
    return len(ids)


@transactional
def _erase(expert_id: int, today: date) -> None:
    """Erases the rows. Files that no row needs any more are swept with others of their kind: ``attachments.sweep``."""
    expert = db.session.get_one(Expert, expert_id)
    retained_until = _retained_until(expert, today)
    keep = _filed_snapshots(expert) if retained_until else []
    _erase_requests(expert)
    _erase_attachments(expert, keep)
    for model in PROFILE_LISTS.values():
        db.session.execute(delete(model).where(model.expert_id == expert.id))
    for snapshot in db.session.scalars(select(Snapshot).where(Snapshot.expert_id == expert.id)):
        if snapshot not in keep:
            snapshot.content = {"name": ERASED, "photo": None, "attachments": [], "parts": []}
    for feedback in db.session.scalars(select(Feedback).where(Feedback.asker_id == expert.user_id)):
        feedback.asker_name, feedback.contact = ERASED, None
    for change in db.session.scalars(select(ProfileChange).where(ProfileChange.expert_id == expert.id)):
        change.changes = []
    _erase_notices(expert)
    if expert.mobile:
        for message in db.session.scalars(select(SmsMessage).where(SmsMessage.mobile == expert.mobile)):
            erase_message(message)
    _erase_profile(expert)
    if retained_until is None:
        _erase_name(expert)
    expert.erased_at, expert.retained_until = now(), retained_until
    kept = {"保留聘书档案至": f"{retained_until:%Y-%m-%d}"} if retained_until else None
    audit.add("删除个人信息", f"专家#{expert.id}", kept, name=SYSTEM)


def _erase_notices(expert: Expert) -> None:
    """The expert's own, and those of officials that name the expert."""
    cases = select(Application.id).where(Application.expert_id == expert.id)
    questions = select(Feedback.id).where(Feedback.asker_id == expert.user_id)
    requests = select(ChangeRequest.id).where(ChangeRequest.expert_id == expert.id)
    for named in (
        Notification.account_id == expert.user_id,
        Notification.kind.in_(about(Target.CASE)) & Notification.target_id.in_(cases),
        Notification.kind.in_(about(Target.CHANGE)) & Notification.target_id.in_(requests),
        (Notification.kind == ASKED.key) & Notification.target_id.in_(questions),
    ):
        db.session.execute(delete(Notification).where(named))
    db.session.execute(delete(NoticeChoice).where(NoticeChoice.account_id == expert.user_id))


def erase_message(message: SmsMessage) -> None:
    """Takes number and words out of a message; that it was sent stays."""
    message.mobile, message.text, message.params = "", "（已按期限删除）", None


def _retained_until(expert: Expert, today: date) -> date | None:
    """Through which day the record of filed certificates is kept; ``None`` where nothing asks for it."""
    ends = [
        ended.date() if (ended := certificate.ended_at) else certificate.valid_to or today
        for certificate in _certificates(expert)
    ]
    if not ends:
        return None
    last = max(ends)
    until = last + timedelta(days=365 * current_app.config["RETENTION_YEARS"])
    return until if until >= today else None


def _certificates(expert: Expert) -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).where(Certificate.expert_id == expert.id)))


def _filed_snapshots(expert: Expert) -> list[Snapshot]:
    return list(
        db.session.scalars(
            select(Snapshot)
            .join(Application, Application.snapshot_id == Snapshot.id)
            .where(Application.expert_id == expert.id, Application.status == ApplicationStatus.FILED)
        )
    )


def _erase_requests(expert: Expert) -> None:
    """That there were requests stays, and who decided on them when; what they said goes."""
    for request in change_requests.of_expert(expert.id):
        request.proposed_by, request.reason = ERASED, ERASED
        if request.ended_by_id == expert.user_id:
            request.ended_by = ERASED
        for item in request.items:
            item.value, item.old, item.new, item.refusal = None, "", "", ""
            item.found = None if item.found is None else ""


def _erase_attachments(expert: Expert, keep: Iterable[Snapshot]) -> None:
    kept = {number for snapshot in keep for number in (*snapshot.content["attachments"], snapshot.content["photo"])}
    for attachment in db.session.scalars(select(Attachment).where(Attachment.expert_id == expert.id)):
        if attachment.id not in kept:
            db.session.delete(attachment)


def _erase_profile(expert: Expert) -> None:
    """All but what a certificate needs; nobody logs in any more."""
    columns = inspect(Expert).columns
    for name in all_fields(Expert):
        if name in columns and columns[name].nullable:
            setattr(expert, name, None)
    expert.specialities, expert.region, expert.mobile = [], None, ""
    # No number is anybody's index: nothing finds the row, and the person may register anew.
    expert.mobile_index = os.urandom(32)
    expert.user.password, expert.user.active = None, False
    for model in (LoginSession, RecoveryCode, UsedPassword):
        db.session.execute(delete(model).where(model.user_id == expert.user_id))
    db.session.execute(delete(FormDraft).where(FormDraft.account_id == expert.user_id))


def _erase_name(expert: Expert) -> None:
    """Who it was, wherever it stands but in 审核历史 and 操作日志, which are only ever added to."""
    expert.name = expert.user.first_name = ERASED
    expert.birth_date, expert.id_number = NOBODY_BORN_ON, ""
    expert.id_number_index = os.urandom(32)
    for certificate in _certificates(expert):
        certificate.name = ERASED


def erase_old_messages() -> int:
    """Takes number and words out of messages older than ``SMS_RETENTION_DAYS``; gives how many."""
    before = now() - timedelta(days=current_app.config["SMS_RETENTION_DAYS"])
    erased = 0
    while count := _erase_messages(before):
        erased += count
    return erased


@transactional
def _erase_messages(before: datetime) -> int:
    """A batch, so that nobody waits long for the lock."""
    # The ids by the index alone: what was erased before lies among them, more of it each year.
    old = select(SmsMessage.id).where(SmsMessage.created_at < before, SmsMessage.mobile != "").limit(BATCH)
    found = list(db.session.scalars(select(SmsMessage).where(SmsMessage.id.in_(old))))
    for message in found:
        erase_message(message)
    if found:
        audit.add("删除过期短信内容", f"短信 {len(found)} 条", name=SYSTEM)
    return len(found)
