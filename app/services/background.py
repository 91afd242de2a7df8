"""The one table of what the worker does: to add a job is to add a line here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.models.types import now
from app.services import (
    attachments,
    audit_seals,
    bulk,
    case_visits,
    closing,
    exports,
    form_drafts,
    imports,
    jobs,
    messages,
    name_initials,
    notifications,
    refusals,
    reminders,
)
from app.services.backups import making
from app.services.jobs import EACH_LOOK, Job

SEALED_EACH = timedelta(minutes=1)
AT_A_TIME = 10
"""Messages between two looks at whether the worker is to end."""


def _deliver() -> int:
    return messages.deliver(AT_A_TIME)


def seal_log() -> int:
    """Sums up the minutes that are over, and seals what has no seal. Gives how many rows were sealed."""
    refusals.sum_up()
    return audit_seals.seal()


def _seal_in_time() -> int:
    """Once a minute, or sooner where a batch is full: what is not sealed yet can be changed unseen."""
    last = audit_seals.last_seal()
    is_time = last is None or last.sealed_at <= now() - SEALED_EACH
    return seal_log() if is_time or audit_seals.waiting() >= audit_seals.BATCH else 0


PROMPT = (
    Job("deliver", "发送短信", "处理 {} 条", _deliver, EACH_LOOK),
    Job("ask", "查询短信送达情况", "查询 {} 条", messages.ask, timedelta(seconds=15)),
    Job("seal", "封存操作日志", "封存 {} 条", _seal_in_time, timedelta(seconds=15)),
)
"""Somebody waits for it, and it takes no time: at each look, or after a while."""

PATIENT = (
    Job("exports", "生成导出的聘书", "生成 {} 项", exports.run_next, EACH_LOOK),
    Job("imports", "处理专家导入表", "处理 {} 项", imports.run_next, EACH_LOOK),
    Job("reminders", "提醒聘书到期", "提醒 {} 份", reminders.send_due, by_day=True),
    Job("erase_accounts", "删除注销期满的账号", "删除 {} 个", closing.erase_due),
    Job("erase_messages", "删除过期的短信内容", "删除 {} 条", closing.erase_old_messages),
    Job("sweep_notices", "删除过期的通知", "删除 {} 条", notifications.sweep),
    Job("sweep_runs", "删除过期的批量办理结果", "删除 {} 份", bulk.sweep),
    Job("sweep_drafts", "删除过期的自动暂存", "删除 {} 份", form_drafts.sweep),
    Job("sweep_exports", "删除过期的导出文件", "删除 {} 项", exports.sweep),
    Job("sweep_imports", "删除过期的专家导入表", "删除 {} 份", imports.sweep),
    Job("sweep_visits", "删除过时的打开记录", "删除 {} 条", case_visits.sweep),
    Job("fill_initials", "补全姓名的拼音首字母", "补全 {} 人", name_initials.fill),
    Job("sweep_files", "删除没有登记的文件", "删除 {} 个", attachments.sweep),
    Job("backup", "每日备份", "生成 {} 份", making.daily),
)
"""May take its time, one after the other in a thread of their own: no SMS waits for it. By default once a day."""

ALL = (*PROMPT, *PATIENT)


def run_once() -> Sequence[jobs.Line]:
    """One look at everything that is due, for a host that starts it by the clock. Gives how each job stands."""
    jobs.enrol(ALL)
    jobs.look(ALL)
    return jobs.standing(ALL)
