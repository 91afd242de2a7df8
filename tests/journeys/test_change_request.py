"""变更申请 in a browser: the expert asks, the reviewer accepts one and declines one, the certificate stays."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.steps import Newcomer, apply, approve, file, fill_profile, papers, register
from tests.journeys.test_correction import look

PERSON = Newcomer("沈青禾")
ADDRESS = "昆明市盘龙区北京路 900 号 3 栋 502 室"


def pdf(page: Page) -> bytes:
    """The newest certificate as the expert downloads it."""
    page.goto("/my/certificates")
    address = page.locator("a[href^='/certificate/']").first.get_attribute("href")
    return page.request.get(f"{address}/pdf").body()


def test_a_request_is_decided_field_by_field_and_the_certificate_stays(people: People, tmp_path: Path) -> None:
    expert = register(people, PERSON)
    fill_profile(expert, papers(tmp_path))
    apply(expert)
    reviewer = people.signed_in("shenhe")
    approve(reviewer, PERSON.name)
    file(people.signed_in("beian"), PERSON.name)
    issued = pdf(expert)

    expert.goto("/my/profile")
    look(expert, "shut-profile")
    expert.get_by_role("link", name="申请变更", exact=True).click()
    expert.get_by_role("button", name="提交变更申请").click()
    expect(expert.get_by_text("请填写变更理由").first).to_be_visible()
    expert.get_by_label("变更理由").fill("已搬家，并担任新的职务。")
    _, scan = papers(tmp_path, words="moved", name="户籍证明")
    expert.get_by_label("证明材料").set_input_files(scan)
    expert.get_by_label("通信地址").fill(ADDRESS)
    expert.get_by_label("职务", exact=True).fill("总工程师")
    look(expert, "change-new")
    expert.get_by_role("button", name="提交变更申请").click()
    expect(expert.get_by_text("已提交，请等待处理")).to_be_visible()
    look(expert, "my-changes-open")

    reviewer.goto("/change/list/")
    look(reviewer, "change-list")
    reviewer.get_by_role("row", name=re.compile(PERSON.name)).get_by_role(
        "link", name=re.compile("查看|详情|BG")
    ).first.click()
    expect(reviewer.get_by_role("heading", name=f"{PERSON.name}的变更申请")).to_be_visible()
    look(reviewer, "change-show")
    address = reviewer.get_by_role("group", name="通信地址：处理结果")
    duty = reviewer.get_by_role("group", name="职务：处理结果")
    address.get_by_label("接受", exact=True).check()
    duty.get_by_label("不接受", exact=True).check()
    reviewer.get_by_role("button", name="下一步：核对处理结果").click()
    expect(reviewer.get_by_text("不接受“职务”的变更，请填写理由").first).to_be_visible()
    look(reviewer, "change-refused")
    reviewer.get_by_label("职务：不接受的理由").fill("没有任职文件。")
    reviewer.get_by_role("button", name="下一步：核对处理结果").click()
    expect(reviewer.get_by_role("heading", name="确认处理结果")).to_be_visible()
    expect(reviewer.get_by_text(f"→ {ADDRESS}")).to_be_visible()
    look(reviewer, "change-check")
    reviewer.get_by_role("button", name="确认处理").click()
    expect(reviewer.get_by_text("变更申请已处理")).to_be_visible()
    look(reviewer, "change-decided")
    assert "资料变更申请已处理" in people.site.messages_to(PERSON.mobile)[0]

    expert.goto("/my/changes/")
    expect(expert.get_by_text("没有任职文件。")).to_be_visible()
    look(expert, "my-changes-decided")
    expert.goto("/my/profile")
    expect(expert.get_by_label("通信地址")).to_have_value(ADDRESS)
    expect(expert.get_by_label("职务", exact=True)).to_have_value("")
    assert pdf(expert) == issued
    reviewer.get_by_role("link", name="专家信息", exact=True).last.click()
    expect(
        reviewer.locator("#history").get_by_text(f"接受 通信地址：昆明市五华区青年路 1 号 → {ADDRESS}")
    ).to_be_visible()
    look(reviewer, "change-history")
