"""What is unsafe in the present configuration, in words that say what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from app.adapters.sealing import StorageAway
from app.documents.fonts import lacking_rare_fonts
from app.domain.errors import Invalid
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Account, AuditEntry, SmsMessage, SmsStatus
from app.models.types import now
from app.services import audit_seals, background, jobs, key_rotation, last_backup, operations, samples
from app.services.backups import making, restoring
from app.services.ports import ports
from app.services.samples import officials

SECRET_LENGTH = 32
NOBODY_S = "0" * 64
"""A digest to ask for, whether there is such a file or not."""
LATE = timedelta(minutes=15)
SIGNER_ENDS_SOON = timedelta(days=30)
UNSEEN = timedelta(minutes=5)
_WITHIN = ("unix:", "fd://", "127.", "localhost:", "[::1]:")
"""How an address begins at which the proxy of this machine alone is heard."""


def faults() -> list[str]:
    """Every fault, the gravest kind first; nothing where the installation is fit for use."""
    return [fault for check in (*_SETTINGS, _storage, _replica, _data, _worker) for fault in check()]


def of_settings() -> list[str]:
    """Those that are found in no time, for a page: no data are looked through, no other server is asked."""
    return [fault for check in _SETTINGS for fault in check()]


def _settings() -> Iterator[str]:
    config = current_app.config
    if config["APP_ENV"] != "production":
        yield f"APP_ENV 现为 {config['APP_ENV']}，正式使用应为 production。"
    if current_app.debug or current_app.testing:
        yield "调试模式或测试模式开着，请关闭 FLASK_DEBUG。"
    if len(str(config["SECRET_KEY"])) < SECRET_LENGTH:
        yield f"SECRET_KEY 太短，应为至少 {SECRET_LENGTH} 个随机字符。"
    if str(config["SECRET_KEY"]) == str(config["AUDIT_KEY"]):
        yield "AUDIT_KEY 与 SECRET_KEY 相同，应各用各的。"
    if not config["SESSION_COOKIE_SECURE"]:
        yield "会话 Cookie 缺少 Secure 标记，会经明文连接发送。"
    if not config["TOTP_REQUIRED"]:
        yield "TOTP_REQUIRED 为 0：审核、备案和管理人员只凭密码就能登录。"
    if not config["TRUSTED_HOSTS"]:
        yield "没有设置 TRUSTED_HOSTS，任何主机名都会被接受。"
    if not config["PROXIES"]:
        yield "PROXIES 为 0：若前面有反向代理，频率限制和操作日志会把所有人记作代理的地址；没有代理则不会发送 HSTS。"
    if config["PROXIES"] and not config["BIND"].startswith(_WITHIN):
        yield "BIND 不是 Unix 套接字，也不是本机地址：绕过反向代理直接连来的人可以冒充任何网络地址。"
    if not config["CLAMD_ADDRESS"]:
        yield "没有设置 CLAMD_ADDRESS，上传的文件不查毒。"


def _limits() -> Iterator[str]:
    config = current_app.config
    if not config["RATELIMIT_ENABLED"]:
        yield "频率限制已关闭（RATELIMIT_ENABLED=0）。"
    elif str(config["RATELIMIT_STORAGE_URI"]).startswith("memory:"):
        yield "频率限制记在各进程自己的内存中，多个进程时限不住，请设 RATELIMIT_STORAGE_URI 为 Redis。"
    elif not operations.limits_answer():
        yield "频率限制的存储（Redis）没有应答，登录和短信会被拒绝。"


def _folders() -> Iterator[str]:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "正在以 root 身份运行，请用专门的低权限账号。"
    for name in ("INSTANCE_PATH", "STORAGE_PATH"):
        path = Path(current_app.config[name])
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield f"{name} 指向的文件夹其他用户也能进入，请执行 chmod o-rwx。"


def _storage() -> Iterator[str]:
    try:
        ports().storage.exists(NOBODY_S)
    except StorageAway:
        yield "文件存储（STORAGE_URL）没有应答：附件和聘书都打不开，请检查地址、密钥和网络。"


def _replica() -> Iterator[str]:
    standby = current_app.extensions.get("standby")
    if standby is not None and not standby.is_close(db.session()):
        yield "只读副本（DATABASE_REPLICA_URL）没有应答、落后太多，或者不是副本：现在所有页面都由主库提供。"


def _data() -> Iterator[str]:
    stale = key_rotation.stale_values()
    if stale:
        yield f"有 {stale} 个值不是用当前密钥加密的，请运行 flask rotate-keys。"
    names = [official.username for official in officials.OFFICIALS]
    for account in db.session.scalars(select(Account).where(Account.username.in_(names), Account.active)):
        if account.password and check_password_hash(account.password, samples.PASSWORD):
            yield f"示例账号 {account.username} 还在使用公开的密码，请停用。"
            break


def _worker() -> Iterator[str]:
    seen = jobs.last_sign()
    if seen is None or seen < now() - UNSEEN:
        yield f"超过{UNSEEN.seconds // 60}分钟没有后台工作进程的活动，短信不会发出，请运行 flask worker。"
    seal = audit_seals.last_seal()
    waiting = db.session.scalar(select(func.min(AuditEntry.at)).where(AuditEntry.id > (seal.last_id if seal else 0)))
    if waiting is not None and waiting < now() - LATE:
        yield "操作日志超过15分钟没有封存，请查看“后台任务”中封存操作日志的结果。"
    queued = select(func.min(SmsMessage.due_at)).where(SmsMessage.status == SmsStatus.QUEUED)
    due = db.session.scalar(queued)
    if due is not None and due < now() - LATE:
        yield "有短信超过15分钟没有发出，请查看“后台任务”中发送短信的结果。"
    for line in jobs.standing(background.ALL):
        if line.state is not None and line.state.failures:
            yield f"后台任务“{line.job.label}”连续失败{line.state.failures}次（{line.state.error}），详见服务器日志。"


def _backups() -> Iterator[str]:
    if name := restoring.unfinished():
        yield f"恢复（{name}）没有确认做完。请不要启动服务，先再运行一次 flask restore --replace。"
    try:
        making.backup_key()
    except Invalid as fault:
        yield f"{fault.message}生成密钥的命令见 docs/operations.md。"
        return
    last = last_backup.last()
    if last is None:
        yield "还没有成功的备份，请运行 flask backup，并设 BACKUP_DAILY=1 每天自动备份。"
    elif last.is_overdue:
        day = chinese_date(today_in_shanghai(last.finished_at))
        yield f"超过{last_backup.HOURS}小时没有成功的备份，最近一次是 {day}，请查看“后台任务”中每日备份的结果。"


def _fonts() -> Iterator[str]:
    if lacking_rare_fonts():
        yield (
            "没有安装生僻字字库，姓名中有生僻字的聘书会备案不成。"
            "Debian 上请执行 apt-get install fonts-babelstone-han fonts-hanazono。"
        )


def _signers() -> Iterator[str]:
    for prefix, signer in ports().signers.items():
        if signer.not_after < now() + SIGNER_ENDS_SOON:
            day = chinese_date(today_in_shanghai(signer.not_after))
            yield f"{prefix} 的签名证书（{signer.subject}）到 {day} 为止，到期后该机构的聘书会备案不成，请及时更换。"


def _watched() -> Iterator[str]:
    config = current_app.config
    if config["PROXIES"] and not config["METRICS_TOKEN"]:
        yield "没有设置 METRICS_TOKEN，监控系统读不到运行指标。"


_SETTINGS: tuple[Callable[[], Iterator[str]], ...] = (
    _settings,
    _limits,
    _folders,
    _watched,
    _backups,
    _fonts,
    _signers,
)
