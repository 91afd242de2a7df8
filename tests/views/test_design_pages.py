"""聘书样式 on the screens: who has which, changing it with a preview, refusals, versions, going back."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.design import DEFAULT
from app.extensions import db
from app.models import CertificateDesign
from app.policies.roles import ADMINISTRATOR
from app.services import designs
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.form_table import FORMS
from tests.support.people import KUNMING, QUJING, SCIENCE, WUHUA

pytestmark = pytest.mark.one_database

RIGHT = {name: text.format() for name, text in FORMS["聘书样式"].right.items()}


@pytest.fixture
def browser(app: Flask, sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(people.staff(ADMINISTRATOR, name="孙管理"))


def at(region: str = people.PROVINCE) -> int:
    return people.organization(region).id


def read(browser: Browser, url: str) -> str:
    response = browser.get(url)
    assert response.status_code == 200, url
    return html.unescape(response.get_data(as_text=True))


def save(browser: Browser, region: str = people.PROVINCE, **typed: Any) -> tuple[int, str]:
    response = browser.submit(f"/design/edit/{at(region)}", {**RIGHT, **typed})
    return response.status_code, html.unescape(response.get_data(as_text=True))


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(CertificateDesign)) or 0


def test_the_list_says_whose_design_each_organization_has(browser: Browser) -> None:
    assert read(browser, "/design/list/?psize_DesignView=100").count("系统默认样式") == 100
    assert save(browser, KUNMING)[0] == 302
    page = read(browser, f"/design/list/?region={KUNMING}")
    assert page.count("沿用昆明市应急管理局的样式，第1版") == 14
    assert page.count("自有样式，第1版") == 1
    assert "孙管理" in page
    assert "五华区" not in read(browser, "/design/list/?own=1")
    assert "共 <strong>145</strong> 条" in read(browser, "/design/list/?own=0")


def test_a_design_is_saved_and_says_from_when_it_counts(browser: Browser) -> None:
    page = read(browser, f"/design/edit/{at()}")
    assert "已生成的聘书不变" in page
    assert "和沿用本样式的 145 个下级机构的聘书都用这个样式" in page
    assert save(browser)[0] == 302
    used = designs.current(at()).design
    assert (used.heading, used.border.value, used.accent.value, used.scale, used.qr) == (
        "聘任书",
        "double",
        "blue",
        90,
        True,
    )
    page = read(browser, f"/design/show/{at()}")
    assert "已保存为第1版，从下一份聘书起生效，已生成的聘书不变。" in page
    assert "现用：自有样式，第1版。" in page
    assert "另有 145 个下级机构" in page
    assert "标题：“聘书” 改为 “聘任书”" in page
    assert "按新格式" in page
    assert "标题：规定的是“聘书”" in page  # R17's wording is the rule: a departure is pointed out, and not refused


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("heading", "", "请填写标题。"),
        ("greeting", "同志：", "称呼中必须有且只有一处 {name}。"),
        ("sentence", "聘请你为{title}专家。", "正文中必须有且只有一处 {body}。"),
        ("sentence", "经{body}聘请你为{title}专家，{number}。", "正文中的花括号只能用于{body}、{title}。"),
        ("sentence", "长" * 121, "正文不能超过120个字。"),
        ("closing", "{name}", "结语中不能有花括号。"),
        ("note", "长" * 201, "不能超过200个字。"),
    ],
)
def test_a_wording_that_will_not_do_is_refused_beside_its_field_and_stays(
    browser: Browser, field: str, typed: str, words: str
) -> None:
    status, page = save(browser, **{field: typed})
    assert status == 422
    assert f'id="{field}-error"' in page
    assert words in page
    assert f'value="{typed}"' in page
    assert 'value="特发此证。"' in page or field == "closing"
    assert count() == 0


def test_several_faults_are_told_at_once(browser: Browser) -> None:
    page = save(browser, heading="", sentence="{body}", border="")[1]
    assert 'id="border-error"' in page
    page = save(browser, heading="", sentence="{body}")[1]
    assert 'id="heading-error"' in page
    assert 'id="sentence-error"' in page


def test_a_full_width_space_is_a_choice_of_layout(browser: Browser) -> None:
    assert save(browser, heading=" 聘　书 ")[0] == 302
    assert designs.current(at()).design.heading == "聘　书"


def test_the_preview_is_the_certificate_as_typed_and_writes_nothing(browser: Browser) -> None:
    for sample in ("plain", "long", "rare", "no-such"):
        response = browser.submit(f"/design/preview/{at()}", {**RIGHT, "sample": sample})
        assert (response.status_code, response.mimetype) == (200, "application/pdf"), sample
        assert response.headers["Cache-Control"] == "no-store"
    response = browser.submit(f"/design/preview/{at()}", {**RIGHT, "heading": "", "sentence": "<b>{body}"})
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert "请填写标题。" in page
    assert "正文中必须有且只有一处 {title}。" in page
    assert count() == 0


def test_of_two_administrators_the_later_is_told_what_came_between(
    browser: Browser, sign_in: Callable[..., Browser]
) -> None:
    save(browser)
    other = sign_in(people.staff(ADMINISTRATOR))
    status, page = save(other, heading="聘请书", version="0")
    assert status == 422
    assert "孙管理在您打开本页后保存了第1版" in page
    assert "标题：“聘书” 改为 “聘任书”" in page
    assert 'value="聘请书"' in page
    assert 'name="version" type="hidden" value="1"' in page
    assert save(other, heading="聘请书", version="1")[0] == 302


def test_an_old_version_is_looked_at_and_restored_by_saving_it_anew(browser: Browser) -> None:
    save(browser)
    save(browser, heading="聘请书", version="1")
    show = read(browser, f"/design/show/{at()}")
    for number in (0, 1, 2):
        assert f"/design/sample/{at()}?version={number}" in show
        assert browser.get(f"/design/sample/{at()}?version={number}").mimetype == "application/pdf"
    assert browser.get(f"/design/sample/{at()}?version=9").status_code == 404
    page = read(browser, f"/design/edit/{at()}?from=1")
    assert "下面是第1版的内容" in page
    assert 'value="聘任书"' in page
    assert 'value="恢复第1版"' in page
    assert f'value="{DEFAULT.heading}"' in read(browser, f"/design/edit/{at()}?from=0")
    assert browser.get(f"/design/edit/{at()}?from=9").status_code == 404
    assert save(browser, version="2")[0] == 302
    assert designs.current(at()).design.heading == "聘任书"
    assert designs.current(at()).words == "自有样式，第3版"


def test_a_lower_office_may_follow_again(browser: Browser) -> None:
    save(browser)
    assert "不再随上级改变" in read(browser, f"/design/edit/{at(WUHUA)}")
    save(browser, WUHUA, heading="聘请书")
    assert "改为沿用上级" in read(browser, f"/design/show/{at(WUHUA)}")
    assert browser.submit(f"/design/follow/{at(WUHUA)}", {"version": "0"}).status_code == 302
    assert "您打开本页后" in read(browser, f"/design/show/{at(WUHUA)}")
    browser.submit(f"/design/follow/{at(WUHUA)}", {"version": "1"})
    page = read(browser, f"/design/show/{at(WUHUA)}")
    assert "现用：沿用云南省应急管理厅的样式，第1版。" in page
    assert "预览第1版" in page


def test_r1_an_administrator_sees_those_of_the_own_region(app: Flask, sign_in: Callable[..., Browser]) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR, at=people.department(SCIENCE, KUNMING)))
    assert "共 <strong>15</strong> 条" in read(browser, "/design/list/")
    for region in (people.PROVINCE, QUJING):
        for address in ("show", "edit", "sample"):
            assert browser.get(f"/design/{address}/{at(region)}").status_code == 404
        for address in ("edit", "preview", "follow"):
            assert browser.submit(f"/design/{address}/{at(region)}", RIGHT).status_code == 404
    assert count() == 0


def test_the_reviewer_sees_the_certificate_in_the_wording_in_force(
    browser: Browser, sign_in: Callable[..., Browser]
) -> None:
    case = cases.pending_case()
    reviewer = sign_in(cases.reviewer_of(case))
    assert '<p class="preview-title">聘书</p>' in read(reviewer, f"/review/show/{case.id}")
    save(browser, heading="聘任书", greeting="{name}先生：")
    page = read(reviewer, f"/review/show/{case.id}")
    assert '<p class="preview-title">聘任书</p>' in page
    assert '<span data-preview="name">张三</span>先生：' in page
    assert "特发此证。" in page
