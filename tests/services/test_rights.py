"""权限一览: who may what, and where nobody may."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.documents.csv_file import render_csv
from app.domain.duties import Duty
from app.domain.validity import chinese_date
from app.extensions import db
from app.models import Account, AuditEntry, Department
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import rights
from tests.support import people
from tests.support.browser import Browser
from tests.support.databases import Registry
from tests.support.lending import lend
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER, name="王处长")


def _told(duty: Duty, at: Department) -> list[tuple[str, str, str]]:
    found = rights.holders([at, people.department(people.MINES)])
    return [(one.name, one.ground, one.flaw) for one in found.get((at.id, duty), [])]


def test_who_holds_a_duty_by_what(head: Account) -> None:
    colleague, at = people.staff(name="李科员"), people.department()
    lend(head, colleague)
    people.staff(REVIEWER, name="停用者", active=False)
    people.staff(REVIEWER, name="无号者", id_number=None)
    assert _told(Duty.REVIEW, at) == [
        ("王处长", REVIEWER, ""),
        ("李科员", "受王处长委托", ""),
        ("停用者", REVIEWER, "已停用"),
        ("无号者", REVIEWER, "未登记身份证号"),
    ]
    assert _told(Duty.FILE, at) == []


def test_a_loan_that_does_not_hold_gives_nothing(head: Account) -> None:
    lend(head, people.staff(name="李科员"))
    head.active = False
    db.session.commit()
    assert _told(Duty.REVIEW, people.department()) == [("王处长", REVIEWER, "已停用")]


@pytest.mark.parametrize("duty", list(Duty))
def test_a_gap_is_the_same_in_words_and_in_sql(head: Account, duty: Duty) -> None:
    people.staff(FILER, at=people.department(people.SCIENCE))
    people.staff(REVIEWER, at=people.department(people.MINES), active=False)
    retired = people.department(people.MINES, people.KUNMING)
    retired.retired = True
    db.session.commit()
    every = list(db.session.scalars(select(Department)))
    found = rights.holders(every)
    by_words = {one.id for one in every if rights.gap(one, duty, found)}
    assert by_words == set(db.session.scalars(select(Department.id).where(rights.lacking(duty))))
    assert (people.department(people.MINES).id in by_words) == (duty is Duty.REVIEW)
    assert people.department().id not in by_words
    assert retired.id not in by_words


def test_the_page_shows_people_and_gaps(head: Account, sign_in: SignIn) -> None:
    made = lend(head, people.staff(name="李科员"))
    browser = sign_in(people.staff(ADMINISTRATOR))
    page = browser.get("/rights/list/?region=530000&psize_RightsView=100").text
    for words in ("王处长", "受王处长委托", f"至{chinese_date(made.ends_on)}", "无人可审核", "无人可备案"):
        assert words in page
    at = people.department()
    narrow = browser.get(f"/rights/list/?organization={at.organization_id}&name=危险化学品")
    assert narrow.text.count('<th scope="row">') == 1
    assert "无人可审核" in browser.get("/rights/list/?gap=can_review&name=非煤矿山").text
    assert (
        "没有符合条件的记录"
        in browser.get(f"/rights/list/?gap=can_review&organization={at.organization_id}&name=危险化学品").text
    )


def test_departments_stand_as_the_tree_of_regions_does(head: Account, sign_in: SignIn) -> None:
    late = people.county_department(people.WUHUA, "综合股")
    page = sign_in(people.staff(ADMINISTRATOR)).get("/rights/list/?psize_RightsView=100").text
    kunming, qujing = (people.organization(code).name for code in (people.KUNMING, people.QUJING))
    assert page.index(kunming) < page.index(late.organization.name) < page.index(qujing)


def test_the_page_takes_five_statements(registry: Registry, head: Account, sign_in: SignIn) -> None:
    for _ in range(5):
        lend(people.staff(REVIEWER), people.staff())
    browser = sign_in(people.staff(ADMINISTRATOR))
    browser.get("/rights/list/")
    with counted(registry.engine) as ran:
        assert browser.get("/rights/list/").status_code == 200
    assert len(ran) <= 5, ran


def test_the_download_says_the_same_and_is_noted(head: Account, sign_in: SignIn) -> None:
    people.staff(REVIEWER, name="=HYPERLINK(1)", at=people.department(people.MINES))
    browser = sign_in(people.staff(ADMINISTRATOR))
    answer = browser.get(f"/rights/csv?organization={people.organization().id}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == rights.COLUMNS
    chemicals = people.department()
    assert [chemicals.organization.name, chemicals.name, "审核", "王处长", head.username, REVIEWER, "", ""] in rows
    assert "'=HYPERLINK(1)" in {row[3] for row in rows}
    assert "无人可备案" in {row[7] for row in rows}
    assert {row[0] for row in rows[1:]} == {chemicals.organization.name}
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "导出权限一览"
    assert browser.get("/rights/csv?nothing=1").status_code == 400


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A", "\t=1", " =1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert render_csv([(cell,)]).decode("utf-8-sig").lstrip('"').startswith("'")
