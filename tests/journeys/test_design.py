"""聘书样式 in a browser: the preview follows what is typed and leaves no trace; what is saved is what is drawn."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import People


def test_the_preview_follows_what_is_typed(people: People) -> None:
    page = people.signed_in("admin")
    page.goto("/design/list/")
    page.get_by_role("link", name="编辑 云南省应急管理厅").click()
    page.wait_for_load_state()  # what is typed before the script listens is drawn by the button alone
    expect(page.locator("[data-departed]")).to_be_hidden()
    visits = page.evaluate("history.length")
    for typed, status in (("", 422), ("聘任书", 200)):
        with page.expect_response("**/design/preview/*") as drawn:
            page.get_by_label("标题", exact=True).fill(typed)
        assert drawn.value.status == status
        expect(page.locator("[data-design-frames] iframe")).to_have_count(1)
    assert page.evaluate("document.activeElement.name") == "heading"
    assert page.evaluate("history.length") == visits
    expect(page.locator("[data-departed]")).to_be_visible()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog")).to_contain_text("和沿用本样式的 145 个下级机构的聘书都用这个样式")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存为第1版，从下一份聘书起生效，已生成的聘书不变。")).to_be_visible()
    page.get_by_role("button", name="恢复系统默认").click()  # the other journeys' certificates read as ever
    page.get_by_role("dialog").get_by_role("button", name="恢复系统默认").click()
    expect(page.get_by_text("现用：系统默认样式。")).to_be_visible()
