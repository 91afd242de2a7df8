"""On paper: what a page says, under its name and the day, on numbered sheets; nothing of what leads elsewhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.domain.validity import chinese_date, today_in_shanghai
from app.policies.roles import REVIEWER
from tests.support import cases, people
from tests.support.served import served, window

pytestmark = pytest.mark.one_database

NEVER = ("跳到正文", "深色", "意见反馈", "退出登录", "聘书查验", "快捷键", "保存", "导出")


def test_pages_print_what_they_say_and_nothing_else(app: Flask, browser: Browser, tmp_path: Path) -> None:
    certificate = cases.filed_certificate()
    case, expert = cases.pending_case(at=people.department()), certificate.expert
    official, own = app.test_client().sign_in(people.staff(REVIEWER)), app.test_client().sign_in(people.expert())  # type: ignore[attr-defined]
    printed = {
        f"/review/show/{case.id}": (f"{case.expert.name}的申报", "个人信息", "申报信息", "附件"),
        "/expert/list/?title_level=正高级": ("专家信息", "姓名", "性别", "所在地区", "工作单位", "职称", "正高级"),
        f"/expert/show/{expert.id}": (expert.name, "教育背景", "工作情况"),
        "/ledger/": ("聘书台账", certificate.number, "终止、换发原因", "备注"),
        "/my/profile": ("基本信息", "民族", "申报类别", "专业特长"),
    }
    wrong: list[object] = []
    with served(app) as url:
        for path, said in printed.items():
            with window(browser, url, wrong, own if path.startswith("/my/") else official) as page:
                page.goto(path)
                page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
            text = "".join(_text(tmp_path / "page.pdf").split())
            sheet = ("应急管理专家信息管理系统", f"打印日期：{chinese_date(today_in_shanghai())}", "1/")
            wrong += [(path, "lacks", word) for word in (*sheet, *said) if word not in text]
            wrong += [(path, "has", word) for word in NEVER if word in text]
    assert not wrong, wrong


def _text(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
