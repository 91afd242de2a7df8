"""What people do on the screens, a step each: the journeys are made of these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from tests.journeys.conftest import PASSWORD, People, Site, sign_in
from tests.support.people import new_id_number, new_mobile

ORGANIZATION = "云南省应急管理厅"


@dataclass(frozen=True)
class Newcomer:
    """Somebody whom no other journey knows, though they share a registry: the numbers are counted, the name is chosen."""

    name: str
    number: str = field(default_factory=new_id_number)
    mobile: str = field(default_factory=new_mobile)


def papers(folder: Path, words: str = "consent", name: str = "单位同意申报") -> tuple[Path, Path]:
    """A photo and a stamped scan with ``words`` on it."""
    photo, consent = folder / "照片.jpg", folder / f"{name}.pdf"
    Image.new("RGB", (413, 579), (70, 110, 170)).save(photo)
    canvas = Canvas(str(consent), pageCompression=0)
    canvas.drawString(100, 700, words)
    canvas.save()
    return photo, consent


def fill_registration(page: Page, site: Site, name: str, number: str, mobile: str) -> None:
    """专家注册 from the login page, code by SMS, up to the two consents."""
    page.goto("/login/")
    page.get_by_role("link", name="专家注册").click()
    page.get_by_label("姓名").fill(name)
    page.get_by_role("textbox", name="身份证号").fill(number.lower())
    page.get_by_label("手机号").fill(f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(site.code_for(mobile))
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_label("确认密码").fill(PASSWORD)


def agree_and_register(page: Page) -> None:
    """Both consents; then the words that everybody hears."""
    page.get_by_label("我已阅读并同意").check()
    page.get_by_label("我单独同意").check()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page.get_by_text("注册申请已受理")).to_be_visible()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def register(people: People, person: Newcomer) -> Page:
    """A registered expert, logged in with the new password."""
    page = people.window()
    fill_registration(page, people.site, person.name, person.number, person.mobile)
    agree_and_register(page)
    sign_in(page, people.site, person.mobile, PASSWORD)
    return page


def choose(page: Page, label: str, typed: str, option: str) -> None:
    """Picks from a control that asks the server as one types."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.click()
    box.press_sequentially(typed)
    page.get_by_role("option", name=option).first.click()


def fill_profile(page: Page, files: tuple[Path, Path]) -> None:
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
    page.get_by_label("照片").set_input_files(files[0])
    page.get_by_role("button", name="上传照片").click()
    expect(page.get_by_text("照片已更新")).to_be_visible()
    page.get_by_label("文件").set_input_files(files[1])
    page.get_by_role("button", name="上传附件").click()
    expect(page.get_by_text("附件已上传")).to_be_visible()


def apply(page: Page, *departments: str) -> None:
    """申报 to the province's department, or to those whose organizations are named."""
    page.goto("/my/apply")
    page.get_by_role("button", name="选择部门并申报").click()
    for organization in departments or (ORGANIZATION,):
        group = page.locator("details", has=page.locator("summary", has_text=organization))
        if group.get_attribute("open") is None:
            group.locator("summary").click()
        group.get_by_label("危险化学品安全监督管理").check()
    page.get_by_role("button", name="申报", exact=True).click()
    expect(page.get_by_text("申报已提交")).to_be_visible()


def open_case(page: Page, inbox: str, name: str, organization: str = "") -> None:
    """Opens the newest case of ``name``, at ``organization`` where it is said, from an inbox."""
    page.goto(inbox)
    row = page.get_by_role("row").filter(has_text=name).filter(has_text=organization).first
    row.get_by_role("link", name=re.compile("查看|详情|SB")).first.click()
    expect(page.get_by_role("heading", name=f"{name}的申报")).to_be_visible()


def approve(page: Page, name: str, organization: str = ORGANIZATION, title: str = "省化工-防爆") -> None:
    """The reviewer's decision: ten years, the office itself."""
    open_case(page, "/review/list/", name, organization)
    page.get_by_label("通过").check()
    page.get_by_label("10 年").check()
    page.get_by_label(organization).check()
    page.get_by_label("聘任名称").fill(title)
    expect(page.locator(".preview-text")).to_have_text(f"经{organization}审核批准，聘请你为{title}专家。")
    page.get_by_role("button", name="提交审核结果").click()
    expect(page.get_by_text("审核通过，已转科信部门备案")).to_be_visible()


def file(page: Page, name: str, organization: str = "") -> None:
    """The filer's act, confirmed."""
    open_case(page, "/filing/list/", name, organization)
    page.get_by_role("button", name="备案", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="备案").click()
    expect(page.get_by_text("备案成功")).to_be_visible()
