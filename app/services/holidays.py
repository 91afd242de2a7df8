"""节假日 as they are announced: lines pasted by an administrator, all of them kept or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from app.domain.errors import Invalid
from app.domain.workdays import Calendar
from app.extensions import db
from app.models import Holiday
from app.models.holiday import OFF, WORKED
from app.policies.actor import Actor
from app.services.audit import audit
from app.services.unit_of_work import transactional

LINES_AT_MOST, DAYS_AT_MOST = 100, 31
"""How many lines one pasting may have, and how many days one line."""
_BETWEEN = re.compile(r"[\s,，;；、]+|(?<=\d)\s*[至到~～]\s*(?=\d)")
_DAY = re.compile(r"20\d\d-\d{1,2}-\d{1,2}", re.ASCII)
_WEEK = Calendar()
NAME_LENGTH = 40


@transactional
def paste(actor: Actor, text: str) -> int:
    """Adds a row for each day of the lines; gives how many.

    A line is ``2026-10-01至2026-10-07 国庆节 放假``, or has one day. Raises ``Invalid`` naming the line.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise Invalid("请粘贴节假日，一行一项。", field="lines")
    if len(lines) > LINES_AT_MOST:
        raise Invalid(f"一次最多{LINES_AT_MOST}行，请分几次登记。", field="lines")
    known = {row.day: str(row) for row in db.session.scalars(select(Holiday))}
    added = 0
    for number, line in lines:
        for row in _days(number, line):
            if row.day in known:
                raise _wrong(number, f"{row.day} 已经登记（{known[row.day]}），请在列表中修改，或去掉这一天。")
            known[row.day] = str(row)
            db.session.add(row)
            added += 1
    audit(actor, "登记节假日", "节假日", {"count": added})
    return added


def _days(number: int, line: str) -> Iterator[Holiday]:
    parts = [part for part in _BETWEEN.split(line) if part]
    if len(parts) not in (3, 4) or parts[-1] not in (OFF, WORKED) or len(parts[-2]) > NAME_LENGTH:
        raise _wrong(number, "请写成“2026-10-01至2026-10-07 国庆节 放假”，类别是“放假”或“调休上班”。")
    first, last = _day(number, parts[0]), _day(number, parts[-3])
    if not first <= last < first + timedelta(days=DAYS_AT_MOST):
        raise _wrong(number, f"结束日期不能早于开始日期，一行最多{DAYS_AT_MOST}天。")
    for passed in range((last - first).days + 1):
        day = first + timedelta(days=passed)
        if parts[-1] == WORKED and _WEEK.is_workday(day):
            raise _wrong(number, f"{day} 不是周末，不需要登记为调休上班。")
        yield Holiday(day=day, name=parts[-2], kind=parts[-1])


def _day(number: int, text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date(*map(int, text.split("-")))
        except ValueError:
            pass
    raise _wrong(number, f"“{text[:20]}”不是有效日期，请写成“2026-10-01”。")


def _wrong(number: int, what: str) -> Invalid:
    return Invalid(f"第{number}行：{what}", field="lines")
