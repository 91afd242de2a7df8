"""退回补正 in a browser: the reviewer marks, the expert corrects, the reviewer sees what changed, approves."""

from __future__ import annotations

import os
import re
from pathlib import Path

import docx
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import People
from tests.journeys.steps import Newcomer, apply, approve, fill_profile, open_case, papers, register

PERSON = Newcomer("李青萝")
ADDRESS = "昆明市五华区青年路 1 号 2 栋 301 室"


def look(page: Page, name: str) -> None:
    """Keeps pictures of a page, wide and narrow, where somebody asks for them."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def bell(page: Page, unread: int) -> Locator:
    """The bell, if it says that so many are unread."""
    return page.get_by_role("link", name=f"通知，{unread} 条未读" if unread else "通知", exact=True)


def follow_the_bell(page: Page) -> None:
    """From the figure at the top right to the case that was returned: it rises with each step and falls as one reads."""
    expect(bell(page, 1)).to_be_visible()  # the page from before the return
    page.reload()
    expect(bell(page, 2)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    bell(page, 2).click()
    expect(page.get_by_role("heading", name="通知", exact=True)).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    look(page, "notices")
    page.get_by_role("button", name="请按要求补正后重新提交").first.click()
    page.wait_for_url(re.compile(r"/my/applications#case-\d+$"))
    expect(bell(page, 1)).to_be_visible()
    bell(page, 1).click()
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.get_by_text("已将 1 条通知标为已读")).to_be_visible()
    expect(bell(page, 0)).to_be_visible()
    page.get_by_role("link", name="通知设置").click()
    page.get_by_label("申报通过审核").uncheck()
    look(page, "notice-choices")
    page.get_by_role("button", name="保存设置").click()
    expect(page.get_by_text("通知设置已保存")).to_be_visible()
    expect(page.get_by_label("申报通过审核")).not_to_be_checked()
    page.goto("/my/applications")


def test_a_returned_case_is_corrected_resubmitted_and_approved(people: People, tmp_path: Path) -> None:
    expert = register(people, PERSON)
    fill_profile(expert, papers(tmp_path))
    apply(expert)

    reviewer = people.signed_in("shenhe")
    open_case(reviewer, "/review/list/", PERSON.name)
    reviewer.get_by_label("退回补正", exact=True).check()
    expect(reviewer.locator(".preview")).to_be_hidden()
    reviewer.get_by_role("button", name="提交审核结果").click()
    expect(reviewer.get_by_text("请填写退回补正的理由").first).to_be_visible()
    reviewer.get_by_label("通信地址", exact=True).check()
    reviewer.get_by_label("通信地址的补正要求").fill("写到门牌号")
    reviewer.locator(".marks summary", has_text="照片和附件").click()
    reviewer.get_by_label("单位同意申报材料：单位同意申报.pdf", exact=True).check()
    reviewer.get_by_label("退回补正或驳回理由").fill("地址不完整，材料没有盖章。")
    look(reviewer, "return")
    reviewer.get_by_role("button", name="提交审核结果").click()
    expect(reviewer.get_by_text("已退回补正")).to_be_visible()
    assert "需要补正" in people.site.messages_to(PERSON.mobile)[0]

    follow_the_bell(expert)
    expect(expert.get_by_text("地址不完整，材料没有盖章。").first).to_be_visible()
    look(expert, "my-applications")
    expert.get_by_role("link", name="通信地址").click()
    address = expert.get_by_label("通信地址（须补正）")
    expect(expert.get_by_text("写到门牌号").first).to_be_visible()
    address.fill(ADDRESS)
    look(expert, "my-profile")
    expert.get_by_role("button", name="保存", exact=True).click()
    expect(expert.get_by_text("基本信息已保存")).to_be_visible()
    expert.goto("/my/files")
    expect(expert.get_by_text("须补正", exact=True)).to_be_visible()
    look(expert, "my-files")
    expert.get_by_role("link", name="核对并重新提交").click()
    expect(expert.get_by_text(ADDRESS)).to_be_visible()
    look(expert, "resubmit")
    expert.get_by_role("button", name="重新提交", exact=True).click()
    expert.get_by_role("dialog").get_by_role("button", name="提交").click()
    expect(expert.get_by_text("已重新提交")).to_be_visible()

    open_case(reviewer, "/review/list/", PERSON.name)
    changed = reviewer.locator("#difference")
    expect(changed.get_by_role("row")).to_have_count(2)
    expect(changed.get_by_role("row").last).to_have_text(
        re.compile(rf"个人信息 · 通信地址\s*昆明市五华区青年路 1 号\s*{ADDRESS}")
    )
    look(reviewer, "difference")
    approve(reviewer, PERSON.name)
    expert.goto("/my/")
    expect(bell(expert, 2)).to_be_visible()  # of the resubmission, and of the approval

    reviewer.goto("/application/list/")
    open_case(reviewer, "/application/list/", PERSON.name)
    reviewer.get_by_role("link", name="专家信息", exact=True).last.click()
    changed = reviewer.locator("#history").get_by_role("row", name="修改资料")
    expect(changed).to_contain_text(f"通信地址：昆明市五华区青年路 1 号 → {ADDRESS}")
    expect(changed).to_contain_text("理由：按退回补正的要求")
    look(reviewer, "expert-history")
    reviewer.get_by_role("link", name="打印审核历史").click()
    expect(reviewer.get_by_role("heading", name=f"{PERSON.name}的审核历史")).to_be_visible()
    look(reviewer, "history")
    reviewer.emulate_media(media="print")
    expect(reviewer.get_by_role("button", name="打印")).to_be_hidden()
    expect(reviewer.get_by_text("地址不完整，材料没有盖章。")).to_be_visible()
    look(reviewer, "history-print")
    reviewer.emulate_media(media="screen")
    with reviewer.expect_download() as word:
        reviewer.get_by_role("link", name="导出 Word").click()
    word.value.save_as(tmp_path / "history.docx")
    text = "\n".join(
        cell.text
        for table in docx.Document(str(tmp_path / "history.docx")).tables
        for row in table.rows
        for cell in row.cells
    )
    assert [said for said in ("退回补正", "重新提交", "审核通过", "写到门牌号") if said not in text] == []
