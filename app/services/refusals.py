"""Refusals in 操作日志: each has its row, a flood of them one row with its number, so that nobody fills the disk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from app.domain.network import network_of
from app.extensions import db
from app.models import Account, RefusalCount
from app.models.types import now
from app.services import audit, rows
from app.services.unit_of_work import transactional

PER_MINUTE = 10
"""Rows of refusals that one address (of IPv6: one /64) is given in a minute."""
FORBIDDEN, TOO_MANY, FORGED = "拒绝（没有权限）", "拒绝（操作太频繁）", "拒绝（伪造或过期的页面）"
WRONG_PASSWORD, WRONG_CODE = "登录失败（密码错误）", "登录失败（验证码错误）"
WRONG_SECOND = "登录失败（动态口令错误）"
ID_NUMBER_DIGITS, MOBILE_DIGITS = 15, 11


@transactional
def refused(action: str, subject: str, user_id: int | None = None, reason: str = "") -> None:
    """A refusal, in a transaction of its own. Beyond ``PER_MINUTE`` for the address it is only counted."""
    if _counted() > PER_MINUTE:
        return
    detail = {"reason": reason} if reason else None
    user = db.session.get(Account, user_id) if user_id is not None else None
    if user is None:
        audit.add(action, subject, detail, name=audit.NOBODY)
    else:
        place = user.place or audit.OWN_PLACE
        audit.add(action, subject, detail, name=user.name, actor_id=user.id, place=place)


def login_failed(action: str, typed: str, user: Account | None) -> None:
    """A wrong password or code. What was typed is kept as its kind alone; it may be an ID number, or a password."""
    if user is not None:
        refused(action, f"账号#{user.id}")
        return
    digits = sum(character.isdigit() for character in typed)
    kind = "身份证号" if digits >= ID_NUMBER_DIGITS else "手机号" if digits >= MOBILE_DIGITS else "用户名"
    refused(action, f"没有账号的{kind}")


@transactional
def sum_up() -> int:
    """Writes one row for each past minute's flood from an address; forgets the counts. Gives the rows written."""
    minute = _minute()
    past = list(db.session.scalars(select(RefusalCount).where(RefusalCount.minute < minute)))
    floods = [row for row in past if row.count > PER_MINUTE]
    for flood in floods:
        detail = {"count": flood.count - PER_MINUTE, "minute": flood.minute.isoformat(), "network": flood.address}
        audit.add("拒绝（合计）", f"同一地址一分钟内另有{flood.count - PER_MINUTE}次", detail, name=audit.NOBODY)
    db.session.execute(delete(RefusalCount).where(RefusalCount.minute < minute))
    return len(floods)


def _minute() -> datetime:
    return now().replace(second=0, microsecond=0)


def _counted() -> int:
    """How many refusals the present address has had in this minute, with this one."""
    network = network_of(audit.client_address.get())
    statement = rows.upsert(RefusalCount).values(address=network, minute=_minute(), count=1)
    return int(
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["address", "minute"], set_={"count": RefusalCount.count + 1}
            ).returning(RefusalCount.count)
        ).scalar_one()
    )
