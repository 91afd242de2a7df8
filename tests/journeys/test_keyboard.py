"""An expert's whole way, from 注册 to the certificate, by keyboard alone: no click, and no focus set from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Application
from tests.journeys.keyboard import Keyboard
from tests.journeys.steps import papers
from tests.support import cases, entry, people
from tests.support.people import PASSWORD
from tests.support.served import served, window

pytestmark = pytest.mark.one_database


def test_an_expert_needs_no_mouse(app: Flask, browser: Browser, tmp_path: Path) -> None:
    wrong: list[object] = []
    number, mobile = people.new_id_number(), people.new_mobile()
    photo, consent = papers(tmp_path)
    with served(app) as url, window(browser, url, wrong) as page:
        keys = Keyboard(page)

        page.goto("/login/")
        keys.go("a[href='/register/']", "/register/")
        keys.skip()
        keys.fill("#name", "花无缺")
        keys.fill("#id_number", number)
        keys.fill("#mobile", mobile)
        keys.to("[data-sms-send]")
        keys.press("Enter")
        expect(page.get_by_text("验证码已发送")).to_be_visible()
        keys.look()
        keys.fill("#code", entry.last_code(mobile))
        keys.fill("#password", PASSWORD)
        keys.fill("#password_again", "another-horse-42")
        keys.press("Enter")
        summary = page.locator(".error-summary")
        expect(summary).to_be_focused()
        expect(page.locator("#name")).to_have_value("花无缺")
        keys.to(".error-summary a[href='#password_again']")
        keys.press("Enter")
        keys.look()
        keys.fill("#password_again", PASSWORD)
        keys.to("#password", "Shift+Tab")
        keys.fill("#password", PASSWORD)
        for box in ("#notice", "#sensitive"):
            keys.to(box)
            keys.press("Space")
        keys.go("main button[type=submit]", "/login/")

        keys.skip()
        keys.fill("#username", mobile)
        keys.fill("#password", PASSWORD)
        keys.to("[data-puzzle-range]")
        keys.press("ArrowRight", entry.ANSWER)
        keys.go("main button[type=submit]", "/my/")

        keys.skip()
        keys.go("main a[href='/my/profile']", "/my/profile")
        keys.skip()
        keys.choose("#nation", "白族")
        keys.fill("#address", "昆明市五华区青年路 1 号")
        keys.look_up("#region", "五华")
        keys.fill("#school", "昆明理工大学")
        keys.fill("#major", "化学工程")
        keys.choose("#education_level", "大学本科")
        keys.date("#work_began_on", "1998", "07", "01")
        keys.fill("#employer", "云南某化工研究院")
        keys.choose("#title_level", "正高级")
        keys.fill("#practice", "化工安全")
        keys.fill("#practice_years", "27")
        keys.look_up("#specialities", "防火防爆")
        keys.fill("#strengths", "爆炸危险环境电气防爆检查。")
        keys.to("#list-education [data-repeat-add]")
        keys.press("Enter")
        keys.look()
        keys.date("#education-0-began_on", "1994", "09", "01")
        keys.fill("#education-0-school", "昆明理工大学")
        keys.to("button[value=full]")
        keys.press("Space")
        expect(page.get_by_text("基本信息已保存")).to_be_visible()

        page.goto("/my/")
        keys.skip()
        keys.go("main a[href='/my/files']", "/my/files")
        keys.skip()
        for box, file, done in (("#photo", photo, "照片已更新"), ("#file", consent, "附件已上传")):
            keys.upload(box, str(file))
            keys.to("button[type=submit]")
            keys.press("Enter")
            keys.look()
            expect(page.get_by_text(done)).to_be_visible()
            expect(page.locator("#main")).to_be_focused()

        keys.go("main a[href='/my/apply']", "/my/apply")
        keys.skip()
        keys.to("[data-dialog=choose]")
        keys.press("Enter")
        keys.look()
        department = people.department()
        keys.to(f"#choose input[value='{department.id}']")
        keys.press("Space")
        keys.go("#choose button[type=submit]", "/my/applications")

        db.session.rollback()
        case = db.session.scalars(select(Application)).one()
        cases.filed_certificate(cases.approved_case(case))
        page.reload()
        keys.go(".bell", "/notices/")
        keys.skip()
        keys.go(".notice-open", "/(my|certificate)/.*")
        page.goto("/my/")
        keys.go(".side a[href='/my/certificates']", "/my/certificates")
        keys.skip()
        keys.go(".certificate-link", r"/certificate/\d+")
        keys.skip()
        keys.to("a[href$='download=1']")
        with page.expect_download() as download:
            keys.press("Enter")
        assert download.value.path().read_bytes().startswith(b"%PDF-")
        wrong += sorted(set(keys.wrong))
        assert not wrong, wrong
