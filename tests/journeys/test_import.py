"""导入专家 in the browser: the template filled in, a wrong cell mended on the screen, and the expert is found."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from python_calamine import load_workbook
from xlsxwriter import Workbook

from tests.journeys.conftest import PASSWORD, People, sign_in
from tests.journeys.steps import Newcomer

RIGHT = {
    "民族": "白族", "通信地址": "昆明市五华区青年路 1 号", "所在地区": "五华区", "毕业院校": "昆明理工大学", "所学专业": "化学工程",
    "学历": "大学本科", "参加工作时间": "1998-07-01", "工作单位": "云南某化工研究院", "职称": "正高级", "从事专业": "化工安全",
    "从事专业年限": "27", "专业特长": "爆炸危险环境电气防爆检查。", "申报类别": "化工（危险化学品）/石油化工（含精细化工）/防火防爆",
}  # fmt: skip


def filled_in(template: Path, rows: list[dict[str, str]]) -> Path:
    """The template's headings with these rows below."""
    headings = load_workbook(template).get_sheet_by_name("专家信息").to_python()[0]
    file = template.with_name("专家名册.xlsx")
    with Workbook(str(file)) as book:
        sheet = book.add_worksheet("专家信息")
        for place, heading in enumerate(map(str, headings)):
            sheet.write_string(0, place, heading)
            for number, row in enumerate(rows, 1):
                sheet.write_string(number, place, row.get(heading.rstrip("*"), ""))
    return file


def cells(person: Newcomer) -> dict[str, str]:
    """What the workbook asks of a person alone."""
    return {"姓名": person.name, "身份证号": person.number, "手机": person.mobile}


def grave(page: Page) -> list[str]:
    """What axe finds that is serious, and whether anything runs off a phone."""
    found = [rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in ("serious", "critical")]
    page.set_viewport_size({"width": 390, "height": 800})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("runs off sideways")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_a_list_of_experts_is_imported(people: People, tmp_path: Path) -> None:
    page = people.window()
    page.goto("/login/")
    sign_in(page, people.site, "beian", PASSWORD)
    page.get_by_role("link", name="专家导入").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载模板").first.click()
    template = tmp_path / "模板.xlsx"
    download.value.save_as(template)
    first, second = Newcomer("段思平"), Newcomer("董伽罗")
    rows = [
        {**RIGHT, **cells(first)},
        {**RIGHT, **cells(second), "民族": "白", "所在地区": "大里"},
    ]
    page.get_by_label("表格", exact=True).set_input_files(filled_in(template, rows))
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("等待检查")).to_be_visible()
    people.site.work()
    expect(page.get_by_role("button", name="确认导入 1 位专家")).to_be_visible()
    expect(page.get_by_text("“大里”：没有这个地区")).to_be_visible()
    assert second.number not in page.content()
    assert grave(page) == []

    page.get_by_role("link", name="修改第 3 行").click()
    expect(page.get_by_text("表格中填写的是“大里”")).to_be_visible()
    assert grave(page) == []
    page.get_by_role("button", name="保存并检查").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写所在地区")
    box = page.get_by_role("combobox", name="所在地区")
    box.click()
    box.press_sequentially("大理")
    page.get_by_role("option", name="大理白族自治州大理市").click()
    page.get_by_role("button", name="保存并检查").click()
    expect(page.get_by_text("第3行已改好")).to_be_visible()

    page.get_by_role("button", name="确认导入 2 位专家").click()
    page.get_by_role("dialog").get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("已开始导入")).to_be_visible()
    people.site.work()
    expect(page.get_by_text("已导入 2 位专家")).to_be_visible()

    page.goto("/expert/find")
    page.get_by_label("身份证号或手机").fill(second.number)
    page.get_by_role("main").get_by_role("button", name="查找").click()
    expect(page.get_by_role("heading", name=second.name)).to_be_visible()
    expect(page.get_by_text("大理白族自治州大理市")).to_be_visible()
    expect(page.get_by_text("白族", exact=True)).to_be_visible()
