"""统计分析: in scope, counted right, and each figure as many as its list shows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import NotAllowed, NotFound
from app.domain.statistics import UNKNOWN, Statistics
from app.extensions import db
from app.models import Account, AuditEntry, Expert
from app.policies.roles import FILER, REVIEWER, STAFF
from app.services import filings, statistics
from app.services.statistics_scope import asked
from app.views.statistics_pages import ADDRESSES
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.people import KUNMING, QUJING, WUHUA

SignIn = Callable[..., Browser]


def read(person: Account, region: str = "", *, approved: bool = True) -> Statistics:
    actor = people.actor(person)
    return statistics.gather(actor, asked(actor, region, approved=approved))


def figures(found: Statistics, name: str) -> dict[str, int]:
    (block,) = (block for block in found.blocks if block.name == name)
    return {figure.label: figure.count for figure in block.figures if figure.count}


def approved_expert(region: str = WUHUA, **fields: object) -> Expert:
    return cases.approved_case(cases.pending_case(people.expert(region, **fields))).expert


def test_experts_by_region_title_age_education_field(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 11, 29))
    approved_expert(WUHUA, title_level="正高级", birth_date=date(1990, 11, 30), education_level="博士研究生")
    approved_expert(QUJING, title_level="中级", birth_date=date(1990, 11, 29), education_level="大学本科")
    people.expert(WUHUA)  # not approved
    found = read(people.staff(STAFF))
    assert figures(found, "region") == {"昆明市": 1, "曲靖市": 1}
    assert figures(found, "title") == {"正高级": 1, "中级": 1}
    assert figures(found, "age") == {"35岁及以下": 1, "36至45岁": 1}
    assert figures(found, "education") == {"博士研究生": 1, "大学本科": 1}
    assert list(figures(found, "industry").values()) == [2]
    assert list(figures(found, "field").values()) == [2]
    covered = [figure.label for *_, row in found.coverage.rows for figure in row if figure.count]
    assert covered == ["昆明市", "曲靖市"]
    assert figures(read(people.staff(STAFF), approved=False), "region") == {"昆明市": 2, "曲靖市": 1}


def test_an_official_counts_the_own_region_and_below(app: Flask) -> None:
    approved_expert(WUHUA)
    approved_expert(QUJING)
    official = people.staff(STAFF, at=people.county_department(KUNMING))
    found = read(official)
    assert (found.place, figures(found, "region")) == ("昆明市", {"五华区": 1})
    with pytest.raises(NotFound):
        asked(people.actor(official), QUJING)
    with pytest.raises(NotAllowed):
        asked(people.actor(people.expert()))


def test_what_was_done_by_month_in_shanghai(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 10, 31))
    case = cases.pending_case()
    clock.on(date(2026, 11, 1))
    cases.filed_certificate(cases.approved_case(case))
    found = read(people.staff(STAFF))
    assert figures(found, "month_submit") == {"2026年10月": 1}
    assert figures(found, "month_approve") == {"2026年11月": 1}
    assert figures(found, "month_file") == {"2026年11月": 1}
    assert figures(found, "month_reject") == {}
    assert figures(found, "wait") == {"5日内": 1}
    (wait,) = (block for block in found.blocks if block.name == "wait")
    assert "1 日内办结" in wait.note


def test_certificates_that_end(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 11, 1))
    for day in (date(2026, 11, 28), date(2026, 11, 29), date(2027, 10, 31), date(2027, 11, 1), None):
        cases.end_on(cases.filed_certificate(), day)
    clock.on(date(2026, 11, 29))
    assert figures(read(people.staff(STAFF)), "ending") == {"2026年11月": 1, "2027年10月": 1}


def test_every_figure_is_what_its_list_shows(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    clock.on(date(2026, 10, 29))
    again = cases.approved_case()
    for day in (30, 31):
        filings.send_back(again.id, people.actor(cases.filer_of(again)), "请核对聘任名称。")
        clock.on(date(2026, 10, day) + timedelta(days=1))
        cases.approved_case(again)
    clock.on(date(2026, 11, 29))
    cases.end_on(cases.filed_certificate(again), date(2026, 12, 5))
    approved_expert(QUJING, title_level="中级")
    people.expert(WUHUA, title_level=None, education_level=None, birth_date=date(1991, 1, 1))
    people.expert(KUNMING)
    office = people.county_department(KUNMING)
    cases.pending_case(people.expert(QUJING), at=office)
    cases.pending_case(people.expert(WUHUA), at=office).expert.region = None
    db.session.commit()
    assert figures(read(people.staff(REVIEWER)), "month_approve") == {"2026年10月": 1, "2026年11月": 2}
    labels: set[str] = set()
    province, prefecture = people.staff(REVIEWER), people.staff(REVIEWER, at=office)
    for official, region, approved in (
        (province, "", True),
        (province, KUNMING, False),
        (prefecture, "", False),
        (prefecture, WUHUA, True),
    ):
        browser, found = sign_in(official), read(official, region, approved=approved)
        counted = [(block, figure) for block in found.blocks for figure in block.figures if figure.count]
        counted += [(found.blocks[0], figure) for *_, row in found.coverage.rows for figure in row if figure.count]
        assert {block.of for block, _ in counted} == set(ADDRESSES)
        labels |= {figure.label for _, figure in counted}
        for block, figure in counted:
            page = browser.get(f"{ADDRESSES[block.of]}?{urlencode(figure.query)}").text
            assert f"<strong>{figure.count}</strong> 条" in page, (official.place, region, block.title, figure)
    assert labels >= {statistics.HERE, statistics.ELSEWHERE, UNKNOWN, "31至60日"}


def test_kept_for_a_minute_and_for_nobody_else(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 11, 29), 10, 32, 5)
    approved_expert(WUHUA)
    province, county = people.staff(STAFF), people.staff(STAFF, at=people.county_department(QUJING))
    expert_desk = people.staff(STAFF)

    def total(person: Account, region: str = "", approved: bool = True) -> tuple[int, str]:
        actor = people.actor(person)
        found = statistics.kept(actor, asked(actor, region, approved=approved))
        return sum(figures(found, "region").values()), found.as_of[-8:]

    assert total(province) == (1, "10:32:05")
    clock.on(date(2026, 11, 29), 10, 32, 40)
    approved_expert(WUHUA)
    assert total(expert_desk) == (1, "10:32:05")
    assert total(province, KUNMING) == (2, "10:32:40")
    assert total(province, approved=False) == (2, "10:32:40")
    assert total(county) == (0, "10:32:40")
    clock.on(date(2026, 11, 30))
    assert total(province) == (2, "12:00:00")


def test_workbook_and_page(app: Flask, sign_in: SignIn) -> None:
    approved_expert(WUHUA)
    browser = sign_in(people.staff(FILER))
    page = browser.get("/statistics/").text
    assert "云南省专家统计" in page
    assert 'aria-label="昆明市：1"' in page
    with zipfile.ZipFile(BytesIO(browser.get("/statistics/xlsx").data)) as book:
        by_region = book.read("xl/worksheets/sheet1.xml").decode()
        assert "领域覆盖" in book.read("xl/workbook.xml").decode()
    assert re.search(r"昆明市</t></is></c><c [^>]*><v>1</v>", by_region)
    assert browser.get("/statistics/?region=999999").status_code == 404
    assert browser.get(f"/statistics/?region={WUHUA}&approved=").status_code == 200
    assert sign_in(people.staff(STAFF, at=people.county_department(WUHUA))).get("/statistics/").status_code == 200


@pytest.mark.one_database
def test_pictures_stand_alone(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    clock.on(date(2026, 11, 29), 10, 32, 5)
    approved_expert(WUHUA)
    browser = sign_in(people.staff(STAFF, at=people.county_department(KUNMING)))
    page = browser.get("/statistics/").text
    addresses = [address.replace("&amp;", "&") for address in re.findall(r'href="(/statistics/svg/[^"]+)"', page)]
    assert len(addresses) == 12
    for address in addresses:
        answer = browser.get(address)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.mimetype == "image/svg+xml"
        words = [text.text for text in ElementTree.fromstring(answer.data).iter("{http://www.w3.org/2000/svg}text")]
        assert words[0] is not None
        assert words[0].startswith("昆明市　")
        assert ("审核通过的专家。" in (words[1] or "")) is not bool(re.search("month|ending|wait", address))
        assert words[-1] == "来源：应急管理专家信息管理系统　截至2026年11月29日 10:32:05"
        assert "1" in words or re.search("month|ending|wait", address)
        assert not re.search(rb"style=|<style|class=|href=|<script", answer.data)
    assert browser.get("/statistics/svg/nothing").status_code == 404
    assert browser.get(f"/statistics/svg/region?region={QUJING}").status_code == 404
    assert "下载统计图" in set(db.session.scalars(select(AuditEntry.action)))
