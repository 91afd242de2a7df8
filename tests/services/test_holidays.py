"""节假日 pasted from the yearly notice: every line right, or none of them kept."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Invalid
from app.extensions import db
from app.models import AuditEntry, Holiday
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR
from app.services import holidays, inbox
from tests.support import people


@pytest.fixture
def keeper(app: Flask) -> Actor:
    return people.actor(people.staff(ADMINISTRATOR))


def test_lines_become_days_and_count_at_once(keeper: Actor) -> None:
    text = "2028-10-01至2028-10-03  国庆节 放假\r\n\r\n2028-1-1,元旦，放假\n2028-10-07\t国庆节\t调休上班\n2028-12-30 2028-12-31 岁末 放假"
    assert holidays.paste(keeper, text) == 7
    kept = inbox.calendar()
    assert {date(2028, 10, 2), date(2028, 1, 1), date(2028, 12, 31)} <= kept.off
    assert date(2028, 10, 7) in kept.worked
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "登记节假日")) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2028-10-01", "请写成"), ("2028-10-01 国庆节", "请写成"), ("2028-10-01 国庆节 休息", "请写成"),
        ("国庆节 2028-10-01 放假", "不是有效日期"), ("2028-02-30 春节 放假", "不是有效日期"), ("28-10-01 国庆节 放假", "不是有效日期"),
        ("2028-10-03至2028-10-01 国庆节 放假", "不能早于"), ("2028-01-01至2028-12-31 全年 放假", "最多31天"),
        ("2028-10-09 国庆节 调休上班", "不是周末"), ("2026-10-01 国庆节 放假", "已经登记"), (f"2028-10-01 {'长' * 41} 放假", "请写成"),
        ("2028-05-01 劳动节 放假", "已经登记"), ("２０２８-10-01 国庆节 放假", "不是有效日期"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_kept(keeper: Actor, line: str, words: str) -> None:
    before = db.session.scalar(select(func.count()).select_from(Holiday))
    with pytest.raises(Invalid, match=f"第2行：.*{words}"):
        holidays.paste(keeper, f"2028-05-01 劳动节 放假\n{line}")
    assert db.session.scalar(select(func.count()).select_from(Holiday)) == before


def test_nothing_and_too_much_are_refused(keeper: Actor) -> None:
    for text, words in ((" \n", "请粘贴"), ("2028-05-01 劳动节 放假\n" * 101, "最多100行")):
        with pytest.raises(Invalid, match=words):
            holidays.paste(keeper, text)
