"""Registration to the PDF in the hand, and back to termination, by three people in three windows."""

from __future__ import annotations

import re
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import docx
from playwright.sync_api import expect

from app.domain.validity import chinese_date, last_day, today_in_shanghai
from tests.journeys.conftest import PASSWORD, People
from tests.journeys.screens import faults
from tests.journeys.steps import (
    ORGANIZATION,
    Newcomer,
    agree_and_register,
    apply,
    approve,
    file,
    fill_profile,
    fill_registration,
    open_case,
    papers,
    register,
)


def pdf_text(path: Path) -> list[str]:
    """The lines of a PDF."""
    out = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True)
    return [line.strip() for line in out.stdout.splitlines() if line.strip()]


def test_an_expert_is_registered_approved_filed_certified_and_ended(people: People, tmp_path: Path) -> None:
    person = Newcomer("段正淳")
    expert = register(people, person)
    fill_profile(expert, papers(tmp_path))
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
    open_case(reviewer, "/review/list/", "段正淳")
    expect(reviewer.get_by_text(person.number)).to_have_count(0)
    reviewer.get_by_role("link", name="查看完整信息").click()
    reviewer.get_by_label("原因").fill("核对聘书上的身份信息")
    reviewer.get_by_role("button", name="查看", exact=True).click()
    expect(reviewer.get_by_text(person.number).first).to_be_visible()
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
        "扫码查验",
    ]
    assert last_day(today, 10) == today.replace(year=today.year + 10) - timedelta(days=1)
    assert [number in text for text in people.site.messages_to(person.mobile)].count(True) == 1

    stranger = people.window(390)
    check = urlsplit(expert.locator("code").first.inner_text()).path
    assert faults(stranger, check) == []
    expect(stranger.get_by_role("heading", name="有效")).to_be_visible()
    expect(stranger.get_by_text("段正淳")).to_have_count(0)
    stranger.get_by_role("link", name="查验其他聘书").click()
    stranger.get_by_label("聘书 PDF 文件").set_input_files(tmp_path / "certificate.pdf")
    stranger.get_by_role("button", name="核对文件").click()
    expect(stranger.get_by_text("该文件与备案时生成的文件一致")).to_be_visible()

    expert.goto("/my/profile")
    expect(expert.get_by_text("审核已通过，资料不能再修改")).to_be_visible()

    filer.get_by_role("link", name=number).click()
    filer.get_by_role("link", name="换发", exact=True).click()
    filer.get_by_label("聘任名称").fill("省化工-消防")
    filer.get_by_label("换发理由").fill("聘任名称有误。")
    filer.get_by_role("button", name="下一步：核对").click()
    expect(filer.get_by_role("row", name="聘任名称 省化工-防爆专家 省化工-消防专家")).to_be_visible()
    filer.get_by_role("button", name="确认换发").click()
    expect(filer.get_by_text("已换发，新聘书编号为")).to_be_visible()
    filer.get_by_role("link", name=number).click()
    expect(filer.get_by_text("换发理由：聘任名称有误。")).to_be_visible()

    reviewer.goto("/certificates/list/?status=valid")
    reviewer.get_by_role("row", name=re.compile("段正淳")).get_by_role("link").first.click()
    reviewer.get_by_role("button", name="提前终止").click()
    reviewer.get_by_label("终止原因").fill("本人申请不再担任。")
    reviewer.get_by_role("button", name="确认终止").click()
    expect(reviewer.get_by_text("聘书已终止，自即刻起失效")).to_be_visible()
    expert.goto("/my/certificates")
    expect(expert.get_by_text("已终止")).to_be_visible()
    expert.get_by_role("link", name=re.compile("省化工-消防专家")).click()
    expect(expert.get_by_text("终止原因：本人申请不再担任。")).to_be_visible()
    stranger.goto("/check/")
    stranger.get_by_label("证书编号").fill(number.lower())
    stranger.get_by_label("姓名").fill("段正淳")
    stranger.get_by_role("button", name="查验", exact=True).click()
    expect(stranger.get_by_role("heading", name="已换发")).to_be_visible()


def test_a_rejected_expert_reads_the_reason_corrects_and_applies_again(people: People, tmp_path: Path) -> None:
    expert = register(people, Newcomer("木婉清"))
    fill_profile(expert, papers(tmp_path))
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


def test_an_open_case_can_be_withdrawn(people: People, tmp_path: Path) -> None:
    expert = register(people, Newcomer("钟灵"))
    fill_profile(expert, papers(tmp_path))
    apply(expert)
    expert.get_by_role("button", name="撤回申报").click()
    expert.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(expert.get_by_text("申报已撤回")).to_be_visible()
    expect(expert.get_by_text("已撤回", exact=True)).to_be_visible()


def test_both_consents_are_asked_for_and_who_has_no_certificate_downloads_and_leaves(
    people: People, tmp_path: Path
) -> None:
    page, person = people.window(390), Newcomer("阿碧")
    fill_registration(page, people.site, person.name, person.number, person.mobile)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page.get_by_text("请阅读后勾选；不同意则不能使用专家功能。").first).to_be_visible()
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_label("确认密码").fill(PASSWORD)
    agree_and_register(page)

    expert = people.signed_in(person.mobile, width=390)
    expert.goto("/account/")
    expert.get_by_role("link", name="个人信息与隐私").click()
    expect(expert.get_by_role("listitem").filter(has_text="《敏感个人信息单独同意书》")).to_have_count(1)
    with expert.expect_download() as everything:
        expert.get_by_role("button", name="下载我的全部信息").click()
    everything.value.save_as(tmp_path / "all.zip")
    assert person.number in zipfile.ZipFile(tmp_path / "all.zip").read("个人信息.json").decode()
    expert.get_by_role("link", name="注销账号").click()
    expert.get_by_label("密码").fill(PASSWORD)
    expert.get_by_label("我知道注销后不能再登录").check()
    expert.get_by_role("button", name="注销账号").click()
    expect(expert.get_by_text("账号已注销。")).to_be_visible()
    expert.goto("/my/")
    expect(expert).to_have_url(re.compile("/login/"))
