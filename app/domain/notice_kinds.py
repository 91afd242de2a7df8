"""Everything that people are told of: the words in the bell, the SMS that goes with it, and who may do without it.

The one table of it. A line says who is told, what stands under 通知, what an open notice leads to, and by which
wording (``sms_wording``) it goes out as an SMS too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.sms_wording import fill
from app.domain.states import Labelled


class Audience(Labelled):
    """Whom a kind of notice is for; the label is the heading on 通知设置."""

    EXPERT = "expert", "我的申报和聘书"
    REVIEWER = "reviewer", "审核"
    FILER = "filer", "备案"
    DELEGATE = "delegate", "受托办理"
    EXPORTER = "exporter", "导出"
    IMPORTER = "importer", "导入专家"
    ASKER = "asker", "意见反馈"
    ANSWERER = "answerer", "答复意见反馈"


class Target(Labelled):
    """What a notice leads to; the id beside it is of that."""

    OWN_CASE = "own_case", "我的申报"
    CASE = "case", "申报"
    OWN_CHANGE = "own_change", "我的变更申请"
    CHANGE = "change", "变更申请"
    CERTIFICATE = "certificate", "聘书"
    ENDING = "ending", "部门即将到期的聘书"
    EXPORT = "export", "导出"
    IMPORT = "import", "导入专家"
    OWN_QUESTION = "own_question", "我的反馈"
    QUESTION = "question", "意见反馈"
    ACCOUNT = "account", "我的账号"
    DELEGATION = "delegation", "我的委托"


@dataclass(frozen=True)
class NoticeKind:
    """One line. ``bell`` has the placeholders of its wording, and ``{name}`` and ``{department}`` of a case.

    ``by_default`` is whether an SMS goes out where the person has chosen nothing; ``always`` is why it cannot be
    chosen, and empty where it can.
    """

    key: str
    label: str
    audience: Audience
    target: Target
    bell: str
    sms: str
    by_default: bool = False
    always: str = ""

    def text(self, values: Mapping[str, str]) -> str:
        """What stands in the bell."""
        return fill(self.bell, values)

    def by_sms(self, chosen: bool | None) -> bool:
        """Whether an SMS goes out to who chose this; ``None`` is no choice."""
        if self.always:
            return True
        return self.by_default if chosen is None else chosen


_LEGAL = "聘任、换发和终止关系到您的权利，总是以短信通知。"
_SECURITY = "关系到账号安全，总是以短信通知。"
_MINE, _REVIEW, _FILE = (Audience.EXPERT, Target.OWN_CASE), (Audience.REVIEWER, Target.CASE), Audience.FILER

SUBMITTED = NoticeKind("submitted", "我提交了申报", *_MINE, "您向{department}的申报已提交，等待审核。", "申报提交")
RETURNED = NoticeKind(
    "returned",
    "申报退回补正",
    *_MINE,
    "{department}退回了您的申报，请按要求补正后重新提交。",
    "退回补正",
    by_default=True,
)
REJECTED = NoticeKind(
    "rejected", "申报被驳回", *_MINE, "您向{department}的申报未通过审核，请查看理由。", "申报驳回", by_default=True
)
APPROVED = NoticeKind(
    "approved", "申报通过审核", *_MINE, "您向{department}的申报已通过审核，等待备案。", "审核通过", by_default=True
)
SENT_BACK = NoticeKind(
    "sent_back", "备案时退回重审", *_MINE, "您的申报在备案时退回{department}，将重新审核。", "备案退回", by_default=True
)
MOVED = NoticeKind(
    "moved", "申报随机构调整移交", *_MINE, "因机构调整，您的申报改由{department}办理，不需要重新申报。", "申报移交"
)
FILED = NoticeKind(
    "filed", "聘书生成", Audience.EXPERT, Target.CERTIFICATE,
    "您已被聘为{title}专家，聘书编号{number}。", "聘书生成", always=_LEGAL,
)  # fmt: skip
TERMINATED = NoticeKind(
    "terminated", "聘书提前终止", Audience.EXPERT, Target.CERTIFICATE,
    "您的聘书{number}已于{date}提前终止，请查看原因。", "聘书终止", always=_LEGAL,
)  # fmt: skip
REISSUED = NoticeKind(
    "reissued", "聘书换发", Audience.EXPERT, Target.CERTIFICATE,
    "您的聘书{former}已更正换发，新编号{number}，原聘书不再有效。", "聘书换发", always=_LEGAL,
)  # fmt: skip
ENDING = NoticeKind(
    "ending", "聘书快要到期", Audience.EXPERT, Target.CERTIFICATE,
    "您的聘书{number}将于{end}到期，需要继续受聘的，请申请续聘。", "聘书到期提醒", by_default=True,
)  # fmt: skip
ENDED = NoticeKind(
    "ended", "聘书已经到期", Audience.EXPERT, Target.CERTIFICATE,
    "您的聘书{number}已于{end}到期失效，需要继续受聘的，请申请续聘。", "聘书到期", by_default=True,
)  # fmt: skip
CHANGE_DECIDED = NoticeKind(
    "change_decided", "资料变更申请有了结果", Audience.EXPERT, Target.OWN_CHANGE,
    "您向{department}提出的资料变更申请已处理，请查看结果。", "变更申请处理", by_default=True,
)  # fmt: skip
PASSWORD_RESET = NoticeKind(
    "password_reset", "工作人员重置了我的密码", Audience.EXPERT, Target.ACCOUNT,
    "您的登录密码已由工作人员重置。如非本人要求，请联系技术支持。", "密码重置", always=_SECURITY,
)  # fmt: skip
CLOSED = NoticeKind(
    "closed",
    "账号注销",
    Audience.EXPERT,
    Target.ACCOUNT,
    "您申请注销了账号，{days}日内可以恢复。",
    "账号注销",
    always=_SECURITY,
)

ARRIVED = NoticeKind("arrived", "有新的申报等待审核", *_REVIEW, "{name}向{department}申报，等待审核。", "新申报待审核")
RESUBMITTED = NoticeKind(
    "resubmitted", "补正后重新提交", *_REVIEW, "{name}已补正并重新提交，等待{department}审核。", "补正待审核"
)
TO_REVIEW_AGAIN = NoticeKind(
    "to_review_again",
    "备案时退回，须重新审核",
    *_REVIEW,
    "{name}的申报在备案时退回{department}，请重新审核。",
    "备案退回待审核",
)
WITHDRAWN = NoticeKind(
    "withdrawn", "申报被撤回", *_REVIEW, "{name}撤回了向{department}的申报，不需要再审核。", "申报撤回"
)
CHANGE_ASKED = NoticeKind(
    "change_asked", "有资料变更申请等待处理", Audience.REVIEWER, Target.CHANGE,
    "{name}向{department}申请变更资料，等待处理。", "变更申请待处理",
)  # fmt: skip
REPLACED = NoticeKind(
    "replaced", "本部门审核的聘书换发", *_REVIEW, "{name}的聘书{former}已更正换发，新编号{number}。", "聘书换发告知"
)
DEPARTMENT_ENDING = NoticeKind(
    "department_ending", "本部门有聘书快要到期", Audience.REVIEWER, Target.ENDING,
    "{department}有聘书快要到期：{counts}。", "部门聘书到期提醒",
)  # fmt: skip
TO_FILE = NoticeKind(
    "to_file",
    "有通过审核的申报等待备案",
    _FILE,
    Target.CASE,
    "{name}的申报已由{department}审核通过，等待备案。",
    "待备案",
)
LENT = NoticeKind(
    "lent", "同事委托我办理", Audience.DELEGATE, Target.DELEGATION,
    "{name}把{department}的{duty}委托给您办理，自{starts}至{ends}。", "受托告知", by_default=True,
)  # fmt: skip
LOAN_ENDED = NoticeKind(
    "loan_ended", "委托提前结束", Audience.DELEGATE, Target.DELEGATION,
    "{name}委托您办理的{department}的{duty}已提前结束。", "委托结束",
)  # fmt: skip

EXPORTED = NoticeKind(
    "exported", "导出聘书有了结果", Audience.EXPORTER, Target.EXPORT, "您导出的{count}份聘书{result}。", "聘书导出"
)
EXPORTED_TABLE = NoticeKind(
    "exported_table", "导出 Excel 有了结果", Audience.EXPORTER, Target.EXPORT,
    "您导出的“{contents}”{result}。", "列表导出",
)  # fmt: skip
IMPORTED = NoticeKind(
    "imported", "导入专家有了结果", Audience.IMPORTER, Target.IMPORT, "您上传的专家导入表{result}。", "专家导入"
)

ANSWERED = NoticeKind(
    "answered", "我的意见反馈有了答复", Audience.ASKER, Target.OWN_QUESTION, "您的意见反馈已有答复。", "反馈答复"
)
ASKED = NoticeKind(
    "asked", "有新的意见反馈", Audience.ANSWERER, Target.QUESTION, "{name}提交了意见反馈，等待答复。", "新意见反馈"
)

KINDS: Mapping[str, NoticeKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            SUBMITTED, RETURNED, REJECTED, APPROVED, SENT_BACK, MOVED, FILED, ENDING, ENDED, TERMINATED, REISSUED,
            CHANGE_DECIDED, PASSWORD_RESET, CLOSED, ARRIVED, RESUBMITTED, TO_REVIEW_AGAIN, WITHDRAWN, CHANGE_ASKED,
            REPLACED, DEPARTMENT_ENDING, TO_FILE, EXPORTED, EXPORTED_TABLE, IMPORTED, LENT, LOAN_ENDED, ANSWERED, ASKED,
        )
    }
)  # fmt: skip
"""By key, in the order of 通知设置."""


def about(target: Target) -> list[str]:
    """The keys of the kinds that lead to such a thing."""
    return [kind.key for kind in KINDS.values() if kind.target is target]
