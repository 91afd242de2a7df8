"""The words of the case: statuses and actions, with the Chinese that people read."""

from __future__ import annotations

from enum import StrEnum


class Labelled(StrEnum):
    """A closed list whose members carry a Chinese label."""

    label: str

    def __new__(cls, value: str, label: str) -> Labelled:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class ApplicationStatus(Labelled):
    """One expert's case at one department."""

    PENDING_REVIEW = "pending_review", "待审核"
    RETURNED = "returned", "退回补正"
    PENDING_FILING = "pending_filing", "待备案"
    FILED = "filed", "已备案"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤回"


class CertificateStatus(Labelled):
    """What is stored. Expired is never stored: it is ``valid_to`` before today (R19)."""

    VALID = "valid", "有效"
    TERMINATED = "terminated", "已终止"
    SUPERSEDED = "superseded", "已换发"


EXPIRED_LABEL = "已失效"

OPEN_STATUSES = (
    ApplicationStatus.PENDING_REVIEW,
    ApplicationStatus.RETURNED,
    ApplicationStatus.PENDING_FILING,
)
"""A department has at most one open application of an expert."""

APPROVED_STATUSES = (ApplicationStatus.PENDING_FILING, ApplicationStatus.FILED)


class Action(Labelled):
    """The verbs that move a case or a certificate; the only ones."""

    SUBMIT = "submit", "申报"
    WITHDRAW = "withdraw", "撤回"
    RETURN = "return", "退回补正"
    RESUBMIT = "resubmit", "重新提交"
    APPROVE = "approve", "审核通过"
    REJECT = "reject", "驳回"
    SEND_BACK = "send_back", "备案退回"
    FILE = "file", "备案"
    TERMINATE = "terminate", "提前终止"
    REISSUE = "reissue", "换发"
    MOVE = "move", "随部门并入"


class ChangeState(Labelled):
    """A request of an expert to change what R10 shuts."""

    OPEN = "open", "待处理"
    DECIDED = "decided", "已处理"
    WITHDRAWN = "withdrawn", "已撤回"


class ChangeAction(Labelled):
    """The verbs of such a request."""

    PROPOSE = "propose", "申请变更"
    DECIDE = "decide", "处理变更申请"
    TAKE_BACK = "take_back", "撤回变更申请"
