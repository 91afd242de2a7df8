"""导出聘书 and 聘书台账 on the screens: from the list to the file, and what is refused with what was chosen kept."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from app.domain.exports import ExportKind
from app.extensions import db
from app.models import Account, Certificate, ExportJob
from app.policies.roles import FILER, REVIEWER
from app.services import exports
from app.views import ledger_pages
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.people import CHEMICALS, KUNMING

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER)


def filed(name: str = "张三", region: str = people.PROVINCE) -> Certificate:
    at = people.department(CHEMICALS, region)
    return cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(name=name), at)))


def form_on(page: str) -> dict[str, Any]:
    """What the form of the page would send."""
    (key,) = re.findall(r'name="key" type="hidden" value="([\w-]+)"', page)
    (kind,) = re.findall(r'name="kind"[^>]*value="(\w+)" checked', page) or [""]
    return {"key": key, "kind": kind, "rowid": re.findall(r'name="rowid" value="(\d+)"', page)}


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_ticked_certificates_become_a_file_that_only_their_orderer_gets(sign_in: SignIn, head: Account) -> None:
    found = [filed(), filed(), filed()]
    browser = sign_in(head)
    ticked = {"action": "export_picked", "rowid": [str(one.id) for one in found[:2]]}
    page = text_of(browser.submit("/certificates/action_post", ticked))
    assert "您勾选的 <strong>2</strong> 份" in page
    form = form_on(page)
    assert form["rowid"] == ticked["rowid"]
    for _ in range(2):  # by two clicks
        address = browser.submit("/certificates/export", form).headers["Location"]
    assert db.session.scalar(select(func.count()).select_from(ExportJob)) == 1
    waiting = text_of(browser.get(address))
    assert "排队中" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert browser.get(f"{address}/file").status_code == 409
    exports.run_next()
    done = text_of(browser.get(address))
    assert "已生成" in done
    assert "http-equiv" not in done
    assert "data-again" not in done
    answer = browser.get(f"{address}/file")
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 2
    assert answer.headers["Content-Length"] == str(len(answer.data))
    disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii()
    assert re.search(r"filename\*=UTF-8''聘书_\d{8}_2份\.pdf$", unquote(disposition))
    assert address.split("/")[-1] in text_of(browser.get("/exports/"))
    other = sign_in(people.staff(REVIEWER))
    assert [other.get(url).status_code for url in (address, f"{address}/file")] == [404, 404]
    assert other.submit(f"{address}/cancel").status_code == 404
    assert "还没有导出过" in text_of(other.get("/exports/"))


def test_the_notice_leads_to_the_file(sign_in: SignIn, head: Account) -> None:
    browser = sign_in(head)
    filed()
    address = browser.submit("/certificates/export", form_on(text_of(browser.get("/certificates/export")))).location
    exports.run_next()
    notices = text_of(browser.get("/notices/"))
    assert "您导出的1份聘书已生成" in notices
    opened = re.findall(r'action="(/notices/\d+/open)"', notices)
    assert browser.submit(opened[0]).location == address


def test_all_that_a_query_finds_is_exported_and_nothing_else(sign_in: SignIn, head: Account) -> None:
    wanted = filed("岩罕")
    filed("张三")
    browser = sign_in(head)
    assert 'href="/certificates/export?name=' in text_of(browser.get("/certificates/list/?name=岩"))
    page = text_of(browser.get("/certificates/export?name=岩"))
    assert "“姓名：岩”" in page
    assert "共 <strong>1</strong> 份" in page
    form = form_on(page) | {"kind": "zip"}
    assert browser.submit("/certificates/export?name=岩", form).status_code == 302
    (job,) = db.session.scalars(select(ExportJob))
    assert (job.ids, job.kind) == ([wanted.id], ExportKind.ZIP)
    assert "没有可以导出的" in text_of(browser.get("/certificates/export?name=没有"))
    for url in ("/certificates/export?nothing=1", "/certificates/export?page_CertificateView=x"):
        assert browser.get(url).status_code == 400
        assert browser.submit(url, form | {"key": "B" * 22}).status_code == 400


def test_what_is_refused_is_said_and_what_was_chosen_stays(
    sign_in: SignIn, head: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [filed(), filed()]
    browser = sign_in(head)
    rows = [str(one.id) for one in found]
    right = {"key": "A" * 22, "kind": "pdf", "rowid": rows}
    monkeypatch.setattr(ExportKind, "at_most", property(lambda kind: 1 if kind is ExportKind.PDF else 2))
    for wrong, words in (
        ({"kind": ""}, "请从列出的格式中选择"),
        ({"kind": "tar"}, "请从列出的格式中选择"),
        ({"key": "short"}, "页面已失效"),
        ({}, "最多1份，这次有2份"),
    ):
        answer = browser.submit("/certificates/export", right | wrong)
        assert answer.status_code == 422, wrong
        assert words in text_of(answer)
        assert re.findall(r'name="rowid" value="(\d+)"', text_of(answer)) == rows
    assert browser.submit("/certificates/export", right | {"kind": "zip", "rowid": ["0"]}).status_code == 404
    assert "请先在列表中勾选" in text_of(
        browser.submit("/certificates/action_post", {"action": "export_picked"}, follow_redirects=True)
    )
    assert db.session.scalar(select(func.count()).select_from(ExportJob)) == 0


def test_who_may_not_export_is_offered_nothing(sign_in: SignIn) -> None:
    certificate = filed()
    browser = sign_in(people.staff())
    page = text_of(browser.get("/certificates/list/"))
    assert certificate.number in page
    assert "导出" not in page
    assert "下载 Excel" not in text_of(browser.get("/ledger/"))
    ticked = {"action": "export_picked", "rowid": [str(certificate.id)]}
    assert browser.submit("/certificates/action_post", ticked).status_code == 403


def test_the_register_is_of_what_lies_below_and_is_taken_out_as_a_workbook(sign_in: SignIn) -> None:
    one, below = filed("张三"), filed("岩罕", KUNMING)
    browser = sign_in(people.staff(FILER, at=people.department(people.SCIENCE)))
    page = text_of(browser.get("/ledger/"))
    assert one.number in page
    assert below.number not in page
    office, year = people.organization(KUNMING), one.issued_on.year
    query = f"organization={office.id}&year={year}"
    assert below.number in text_of(browser.get(f"/ledger/?{query}"))
    answer = browser.get(f"/ledger/xlsx?{query}")
    assert answer.mimetype == ledger_pages.XLSX
    assert f"昆明市应急管理局{year}年聘书台账.xlsx" in unquote(answer.headers["Content-Disposition"])
    for wrong, status in (("year=1999", 400), ("year=x", 400), ("organization=0", 404), ("organization=x", 404)):
        assert browser.get(f"/ledger/?{wrong}").status_code == status, wrong
    qujing = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, people.QUJING)))
    assert [qujing.get(f"/ledger/{path}?{query}").status_code for path in ("", "xlsx")] == [404, 404]
    offered = qujing.get("/ledger/organizations?q=局").get_json()
    assert offered
    assert str(office.id) not in {row["id"] for row in offered}


def test_of_a_long_register_the_page_says_that_it_shows_the_first(
    sign_in: SignIn, head: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = filed(), filed()
    monkeypatch.setattr(ledger_pages, "LINES_ON_PAGE", 1)
    page = text_of(sign_in(head).get("/ledger/"))
    assert first.number in page
    assert second.number not in page
    assert "本年共2份，页面只列出前1份" in page
