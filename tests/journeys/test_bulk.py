"""批量通过 and 批量备案 in a browser: two experts, one form for each step, a certificate for each; both in one file."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.steps import Newcomer, apply, fill_profile, papers, register
from tests.journeys.test_correction import look

PEOPLE = Newcomer("钱一鸣"), Newcomer("孔二明")


def tick(page: Page, list_url: str) -> None:
    """Ticks the two in a list."""
    page.goto(list_url)
    for person in PEOPLE:
        page.get_by_role("row").filter(has_text=person.name).get_by_role("checkbox").check()


def test_two_are_approved_and_filed_with_one_form_each(people: People, tmp_path: Path) -> None:
    for person in PEOPLE:
        expert = register(people, person)
        fill_profile(expert, papers(tmp_path))
        apply(expert)

    reviewer = people.signed_in("shenhe")
    reviewer.goto("/review/list/")
    for words in ("已选 1 条", ""):
        for key in "jkx":
            reviewer.keyboard.press(key)
        expect(reviewer.locator("[data-bulk-count]")).to_have_text(words)
    tick(reviewer, "/review/list/")
    expect(reviewer.locator('[data-waiting="待审核"]')).to_be_visible()
    reviewer.get_by_role("button", name="批量通过").click()
    expect(reviewer.get_by_role("heading", name="将审核通过的申报（2件）")).to_be_visible()
    reviewer.get_by_role("button", name="审核通过这 2 件").click()
    expect(reviewer.get_by_text("请选择有效期").first).to_be_visible()
    reviewer.get_by_label("云南省应急管理厅", exact=True).check()
    reviewer.get_by_label("指定截止日期").check()
    expect(reviewer.get_by_label("截止日期", exact=True)).to_be_visible()
    reviewer.get_by_label("5 年").check()
    expect(reviewer.get_by_label("截止日期", exact=True)).to_be_hidden()
    look(reviewer, "bulk-approve")
    # Two clicks send the form twice: the second finds what the first has done.
    reviewer.get_by_role("button", name="审核通过这 2 件").dblclick()
    expect(reviewer.get_by_text("共 2 件，已办理 2 件，未办理 0 件")).to_be_visible()
    look(reviewer, "bulk-approved")

    filer = people.signed_in("beian")
    tick(filer, "/filing/list/")
    filer.get_by_role("button", name="批量备案").click()
    expect(filer.get_by_text("不能撤销").first).to_be_visible()
    look(filer, "bulk-file")
    filer.get_by_role("button", name="备案这 2 件").click()
    expect(filer.get_by_text("共 2 件，已办理 2 件，未办理 0 件")).to_be_visible()
    expect(filer.get_by_text(re.compile(r"^YNS\d{11}$"))).to_have_count(2)
    look(filer, "bulk-filed")
    for person in PEOPLE:
        assert "聘为" in people.site.messages_to(person.mobile)[0]

    tick(filer, "/certificates/list/")
    filer.get_by_role("button", name="导出聘书").click()
    filer.get_by_role("button", name="开始导出").click()
    expect(filer.get_by_text("排队中")).to_be_visible()
    people.site.work()
    # The page has asked again by itself.
    expect(filer.get_by_text("已生成")).to_be_visible()
    look(filer, "exported")
    with filer.expect_download() as download:
        filer.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename.endswith("_2份.pdf")
    tick(filer, "/expert/list/")
    filer.get_by_role("button", name="导出 Excel").click()
    filer.get_by_role("button", name="全选").click()
    filer.get_by_label("通信地址").uncheck()
    look(filer, "export-table")
    filer.get_by_role("button", name="开始导出").click()
    expect(filer.get_by_text("专家信息，2名专家，Excel 表格")).to_be_visible()
    people.site.work()
    expect(filer.get_by_text("已生成")).to_be_visible()
    with filer.expect_download() as download:
        filer.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename.endswith("_2名.xlsx")
    filer.goto("/expert/export_table")
    expect(filer.get_by_label("身份证号")).to_be_checked()
    expect(filer.get_by_label("通信地址")).not_to_be_checked()
    filer.goto("/ledger/")
    for person in PEOPLE:
        expect(filer.get_by_role("row", name=re.compile(rf"YNS\d{{11}} {person.name}"))).to_be_visible()
    look(filer, "ledger")
