"""导入专家 on the screens: from the template to the experts, and what is refused said where it was done."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from python_calamine import load_workbook
from sqlalchemy import func, select

from app.extensions import db
from app.models import Account, Expert, ImportJob, ImportRow
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import imports
from tests.adapters.test_filetype_excel import with_part, xlsx
from tests.adapters.test_spreadsheet import far_corner
from tests.support import people
from tests.support.browser import Browser
from tests.support.people import KUNMING, SCIENCE
from tests.support.workbooks import person, workbook

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


@pytest.fixture
def filer(app: Flask) -> Account:
    return people.staff(FILER, at=people.department(SCIENCE), name="赵科信")


@pytest.fixture
def browser(sign_in: SignIn, filer: Account) -> Browser:
    return sign_in(filer)


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def key_on(page: str) -> str:
    (key,) = re.findall(r'name="key" type="hidden" value="([\w-]+)"', page)
    return key


def sent(browser: Browser, data: bytes, name: str = "专家.xlsx", **fields: str) -> Any:
    """The answer to a workbook sent by the form of the page."""
    values = {"key": key_on(text_of(browser.get("/imports/"))), **fields, "file": (io.BytesIO(data), name)}
    return browser.submit("/imports/", values, content_type="multipart/form-data")


def checked(browser: Browser, *rows: dict[str, Any], **fields: str) -> str:
    """The address of a file that was sent and checked."""
    answer = sent(browser, workbook(rows), **fields)
    assert answer.status_code == 302
    assert imports.run_next()
    return str(answer.location)


def test_from_the_template_to_the_experts(browser: Browser) -> None:
    template = browser.get("/imports/template")
    headings = load_workbook(io.BytesIO(template.data)).get_sheet_by_name("专家信息").to_python()[0]
    assert headings[:3] == ["姓名*", "身份证号*", "民族*"]
    answer = sent(browser, workbook([person(name="白晓"), person(name="岩罕", nation="火星族")]))
    waiting = text_of(browser.get(answer.location))
    assert "等待检查" in waiting
    assert 'data-again="2000"' in waiting
    imports.run_next()
    page = text_of(browser.get(answer.location))
    assert "data-again" not in page
    assert "确认导入 1 位专家" in page
    assert "<strong>民族</strong>“火星族”：请从列表中选择。" in page
    assert "岩罕" in page
    form = text_of(browser.get(f"{answer.location}/rows/3"))
    assert "表格中填写的是“火星族”" in form
    assert 'name="nation"' in form
    assert 'name="school"' not in form
    assert browser.submit(f"{answer.location}/rows/3", {"nation": ""}).status_code == 422
    assert browser.submit(f"{answer.location}/rows/3", {"nation": "傣族"}).location == answer.location
    assert "确认导入 2 位专家" in text_of(browser.get(answer.location))
    for _ in range(2):  # by two clicks
        assert browser.submit(f"{answer.location}/confirm").location == answer.location
    imports.run_next()
    done = text_of(browser.get(answer.location))
    assert "已导入 2 位专家" in done
    for address in re.findall(r'href="(/expert/show/\d+)"', done):
        assert browser.get(address).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Expert)) == 2


def test_numbers_of_people_are_hidden_but_where_they_are_put_right(browser: Browser) -> None:
    right, twin = person(nation="火星族"), person()
    twin["mobile"] = right["mobile"]
    address = checked(browser, right, twin)
    page = text_of(browser.get(address))
    for number in (right["id_number"], right["mobile"], twin["id_number"]):
        assert number not in page
    assert f"{right['id_number'][:6]}********{right['id_number'][-4:]}" in page
    form = text_of(browser.get(f"{address}/rows/3"))
    assert f'value="{right["mobile"]}"' in form
    assert twin["id_number"] not in form


def test_what_is_typed_wrong_stays_in_the_form(browser: Browser) -> None:
    address = checked(
        browser, person(id_number="530102197505201234", strengths="专" * 1001, region="北京市", specialities="没有")
    )
    speciality = people.speciality()
    typed = {
        "id_number": "53010219750520123X",
        "strengths": "改了",
        "region": people.WUHUA,
        "specialities": str(speciality.id),
    }
    answer = browser.submit(f"{address}/rows/2", typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="53010219750520123X"' in page
    assert "改了" in page
    assert speciality.path in page
    assert "身份证号：" in page
    assert browser.submit(f"{address}/rows/2", {**typed, "region": "999999"}).status_code == 422
    assert browser.submit(f"{address}/rows/2", {**typed, "id_number": people.new_id_number()}).status_code == 302


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "a.xls", "另存为 .xlsx"),
        ("姓名,身份证号\n".encode(), "a.xlsx", "内容却是"),
        (with_part("xl/worksheets/sheet9.xml", bytes(60 << 20)), "a.xlsx", "过大"),
        (with_part("xl/vbaProject.bin", b"x"), "a.xlsx", "宏"),
        (b"EICAR-STANDARD", "a.xlsx", "内容却是"),
    ],
    ids=range(6),
)
def test_a_file_that_will_not_do_is_refused_at_once(browser: Browser, data: bytes, name: str, words: str) -> None:
    answer = sent(browser, data, name)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert db.session.scalar(select(func.count()).select_from(ImportJob)) == 0


def test_a_file_that_turns_out_to_be_immense_or_empty_says_so(browser: Browser) -> None:
    for data, words in (
        (xlsx(far_corner), "读不出这份表格"),
        (xlsx(), "没有找到标题行"),
        (workbook([]), "没有要导入的行"),
    ):
        address = sent(browser, data).location
        imports.run_next()
        page = text_of(browser.get(address))
        assert "没有成功" in page
        assert words in page


def test_a_form_without_a_file_or_with_a_forged_key(browser: Browser, sign_in: SignIn) -> None:
    page = text_of(browser.get("/imports/"))
    assert "请先选择文件" in text_of(browser.submit("/imports/", {"key": key_on(page)}))
    for key in ("", "no key", "../../x"):
        assert sent(browser, workbook([person()]), key=key).status_code == 422
    sent(browser, workbook([person()]), key="A" * 22)
    other = sign_in(people.staff(ADMINISTRATOR))
    assert "页面已失效" in text_of(sent(other, workbook([person()]), key="A" * 22))
    assert db.session.scalar(select(func.count()).select_from(ImportJob)) == 1


def test_an_import_is_its_senders_alone(browser: Browser, sign_in: SignIn) -> None:
    address = checked(browser, person(), person(nation="火星族"))
    other = sign_in(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    for url in (address, f"{address}/rows/3", f"{address}/xlsx"):
        assert other.get(url).status_code == 404
    for url in (f"{address}/rows/3", f"{address}/confirm", f"{address}/cancel"):
        assert other.submit(url, {"nation": "汉族"}).status_code == 404
    assert "还没有上传过" in text_of(other.get("/imports/"))
    assert sign_in(people.staff(REVIEWER)).get("/imports/").status_code in (302, 403)
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 2


def test_choices_are_of_ones_own_region(sign_in: SignIn) -> None:
    kunming = sign_in(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    found = kunming.get("/imports/choices/region?q=区").get_json()
    assert found
    assert all(row["id"].startswith("5301") for row in found)
    assert kunming.get("/imports/choices/specialities?q=防火").get_json()
    assert kunming.get("/imports/choices/nothing").status_code == 404


def test_the_wrong_rows_come_as_a_workbook(browser: Browser) -> None:
    address = checked(browser, person(), person(name="=1+1", nation="火星族"))
    rows = load_workbook(io.BytesIO(browser.get(f"{address}/xlsx").data)).get_sheet_by_name("专家信息").to_python()
    assert [row[0] for row in rows] == ["姓名*", "=1+1"]
    assert browser.get(f"{checked(browser, person())}/xlsx").status_code == 409


def test_pages_of_rows_and_addresses_that_are_none(browser: Browser) -> None:
    address = checked(browser, *(person(nation="火星族") for _ in range(27)))
    assert 'href="' + address + '?show=wrong&amp;page=1"' in text_of(browser.get(address))
    assert "修改第 28 行" in text_of(browser.get(f"{address}?show=wrong&page=1"))
    assert browser.get(f"{address}?show=wrong&page=99999").status_code == 200
    assert [browser.get(f"{address}?{query}").status_code for query in ("show=x", "page=-1", "page=x")] == [400] * 3
    assert [browser.get(f"{address}/rows/{number}").status_code for number in (1, 29, 99999999999)] == [404] * 3


def test_given_up_it_leaves_nothing(browser: Browser) -> None:
    address = checked(browser, person())
    browser.submit(f"{address}/cancel")
    assert "表格中的内容已删除" in text_of(browser.get(address))
    assert "不能这样做" in text_of(browser.submit(f"{address}/confirm", follow_redirects=True))
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 0
