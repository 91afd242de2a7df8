"""Registration to the PDF in the hand, and back to termination, by three people in three windows."""

from __future__ import annotations

import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import docx
from playwright.sync_api import Page, expect

from app.domain.identity import check_character
from app.domain.validity import chinese_date, last_day, today_in_shanghai
from tests.journeys.conftest import PASSWORD, People, sign_in

DEPARTMENT = "危险化学品安全监督管理处"
ORGANIZATION = "云南省应急管理厅"


def id_number(serial: int) -> str:
    """An invented number with a right check character."""
    first = f"53010219750615{serial:03d}"
    return first + check_character(first)


def register(people: People, name: str, serial: int, mobile: str) -> Page:
    """专家注册 from the login page, code by SMS."""
    page = people.window()
    page.goto("/login/")
    page.get_by_role("link", name="专家注册").click()
    page.get_by_label("姓名").fill(name)
    page.get_by_role("textbox", name="身份证号").fill(id_number(serial).lower())
    page.get_by_label("手机号").fill(f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(people.site.code_for(mobile))
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_label("确认密码").fill(PASSWORD)
    for consent in page.get_by_role("checkbox").all():
        consent.check()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page.get_by_text("注册申请已受理")).to_be_visible()
    sign_in(page, people.site, mobile, PASSWORD)
    return page


def choose(page: Page, label: str, typed: str, option: str) -> None:
    """Picks from a control that asks the server as one types."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.click()
    box.press_sequentially(typed)
    page.get_by_role("option", name=option).first.click()


def fill_profile(page: Page, papers: tuple[Path, Path]) -> None:
    """All that must be filled, and a row of each kind of list."""
    page.goto("/my/profile")
    page.get_by_label("民族").select_option("白族")
    page.get_by_label("通信地址").fill("昆明市五华区青年路 1 号")
    choose(page, "所在地区", "五华", "昆明市五华区")
    page.get_by_label("毕业院校").fill("昆明理工大学")
    page.get_by_label("所学专业").fill("化学工程")
    page.locator("#education_level").select_option("大学本科")
    page.get_by_label("参加工作时间").fill("1998-07-01")
    page.locator("#employer").fill("云南某化工研究院")
    page.get_by_label("职称", exact=False).first.select_option("正高级")
    page.get_by_label("从事专业", exact=False).first.fill("化工安全")
    page.get_by_label("从事专业年限").fill("27")
    choose(page, "申报类别", "石油化工 防火防爆", "化工（危险化学品） / 石油化工（含精细化工） / 防火防爆")
    page.get_by_label("专业特长").fill("爆炸危险环境电气防爆检查。")
    card = page.locator("#list-education")
    card.get_by_role("button", name="增加一项").click()
    card.get_by_label("开始时间").fill("1994-09-01")
    card.get_by_label("院校").fill("昆明理工大学")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("基本信息已保存")).to_be_visible()
    page.goto("/my/files")
    page.get_by_label("照片").set_input_files(papers[0])
    page.get_by_role("button", name="上传照片").click()
    expect(page.get_by_text("照片已更新")).to_be_visible()
    page.get_by_label("文件").set_input_files(papers[1])
    page.get_by_role("button", name="上传附件").click()
    expect(page.get_by_text("附件已上传")).to_be_visible()


def apply(page: Page) -> None:
    """申报 to the province's department."""
    page.goto("/my/apply")
    page.get_by_role("button", name="选择部门并申报").click()
    page.get_by_label(DEPARTMENT).first.check()
    page.get_by_role("button", name="申报", exact=True).click()
    expect(page.get_by_text("申报已提交")).to_be_visible()


def open_case(page: Page, inbox: str, name: str) -> None:
    """Opens the newest case of ``name`` from an inbox."""
    page.goto(inbox)
    page.get_by_role("row", name=re.compile(name)).get_by_role("link", name=re.compile("查看|详情|SB")).first.click()
    expect(page.get_by_role("heading", name=f"{name}的申报")).to_be_visible()


def approve(page: Page, name: str) -> None:
    """The reviewer's decision: ten years, the office itself."""
    open_case(page, "/review/list/", name)
    page.get_by_label("通过").check()
    page.get_by_label("10 年").check()
    page.get_by_label(ORGANIZATION).check()
    page.get_by_label("聘任名称").fill("省化工-防爆")
    expect(page.locator(".preview-text")).to_have_text(f"经{ORGANIZATION}审核批准，聘请你为省化工-防爆专家。")
    page.get_by_role("button", name="提交审核结果").click()
    expect(page.get_by_text("审核通过，已转科信部门备案")).to_be_visible()


def file(page: Page, name: str) -> None:
    """The filer's act, confirmed."""
    open_case(page, "/filing/list/", name)
    page.get_by_role("button", name="备案", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="备案").click()
    expect(page.get_by_text("备案成功")).to_be_visible()


def pdf_text(path: Path) -> list[str]:
    """The lines of a PDF."""
    out = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True)
    return [line.strip() for line in out.stdout.splitlines() if line.strip()]


def test_an_expert_is_registered_approved_filed_certified_and_ended(
    people: People, papers: tuple[Path, Path], tmp_path: Path
) -> None:
    expert = register(people, "段正淳", 1, "13987000001")
    fill_profile(expert, papers)
    with expert.expect_download() as word:
        expert.goto("/my/profile")
        expert.get_by_role("link", name="导出基本信息").click()
    word.value.save_as(tmp_path / "profile.docx")
    assert zipfile.is_zipfile(tmp_path / "profile.docx")
    text = "\n".join(
        cell.text
        for table in docx.Document(str(tmp_path / "profile.docx")).tables
        for row in table.rows
        for cell in row.cells
    )
    assert [word for word in ("段正淳", "云南某化工研究院", "单位同意申报.pdf") if word not in text] == []
    apply(expert)
    reviewer = people.signed_in("shenhe")
    approve(reviewer, "段正淳")
    filer = people.signed_in("beian")
    file(filer, "段正淳")

    expert.goto("/my/certificates")
    expert.get_by_role("link", name=re.compile("省化工-防爆专家")).click()
    with expert.expect_download() as pdf:
        expert.get_by_role("link", name="下载", exact=True).click()
    pdf.value.save_as(tmp_path / "certificate.pdf")
    today = today_in_shanghai()
    number = f"YNS{today:%Y%m%d}001"
    assert pdf_text(tmp_path / "certificate.pdf")[1:] == [
        "段正淳同志：",
        f"经{ORGANIZATION}审核批准，聘请你为省化工-防爆专家。",
        f"证书编号：{number}",
        f"证书有效期限：{chinese_date(today)} 至 {chinese_date(last_day(today, 10))}",
        ORGANIZATION,
        chinese_date(today),
    ]
    assert last_day(today, 10) == today.replace(year=today.year + 10) - timedelta(days=1)
    assert [number in text for text in people.site.messages_to("13987000001")].count(True) == 1

    expert.goto("/my/profile")
    expect(expert.get_by_text("审核已通过，资料不能再修改")).to_be_visible()

    reviewer.goto("/certificates/list/?status=valid")
    reviewer.get_by_role("row", name=re.compile(number)).get_by_role("link").first.click()
    reviewer.get_by_role("button", name="提前终止").click()
    reviewer.get_by_label("终止原因").fill("本人申请不再担任。")
    reviewer.get_by_role("button", name="确认终止").click()
    expect(reviewer.get_by_text("聘书已终止，自即刻起失效")).to_be_visible()
    expert.goto("/my/certificates")
    expect(expert.get_by_text("已终止")).to_be_visible()
    expert.get_by_role("link", name=re.compile("省化工-防爆专家")).click()
    expect(expert.get_by_text("终止原因：本人申请不再担任。")).to_be_visible()


def test_a_rejected_expert_reads_the_reason_corrects_and_applies_again(
    people: People, papers: tuple[Path, Path]
) -> None:
    expert = register(people, "木婉清", 2, "13987000002")
    fill_profile(expert, papers)
    apply(expert)
    reviewer = people.signed_in("shenhe")
    open_case(reviewer, "/review/list/", "木婉清")
    reviewer.get_by_label("驳回", exact=True).check()
    reviewer.get_by_role("button", name="提交审核结果").click()
    expect(reviewer.get_by_text("请填写驳回的理由").first).to_be_visible()
    reviewer.get_by_label("驳回理由").fill("请补充职称证书。")
    reviewer.get_by_role("button", name="提交审核结果").click()
    expect(reviewer.get_by_text("已驳回，理由已告知专家")).to_be_visible()

    expert.goto("/my/applications")
    expect(expert.get_by_text("请补充职称证书。").first).to_be_visible()
    expert.goto("/my/profile")
    expert.get_by_label("专业特长").fill("电气防爆；危险化学品安全评价。")
    expert.get_by_role("button", name="保存", exact=True).click()
    expect(expert.get_by_text("基本信息已保存")).to_be_visible()
    apply(expert)
    approve(reviewer, "木婉清")


def test_an_open_case_can_be_withdrawn(people: People, papers: tuple[Path, Path]) -> None:
    expert = register(people, "钟灵", 3, "13987000003")
    fill_profile(expert, papers)
    apply(expert)
    expert.get_by_role("button", name="撤回申报").click()
    expert.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(expert.get_by_text("申报已撤回")).to_be_visible()
    expect(expert.get_by_text("已撤回", exact=True)).to_be_visible()
