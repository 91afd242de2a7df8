"""An official binds a phone, logs in by the second step, sees where else they are logged in, and lets the phone go."""

from __future__ import annotations

import pyotp
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, People, Site, slide

NAME = "km.shenhe"


def test_a_phone_is_bound_used_and_let_go(site: Site, people: People) -> None:
    desk, elsewhere = people.signed_in(NAME), people.signed_in(NAME)

    desk.goto("/account/")
    desk.get_by_role("link", name="绑定动态口令").click()
    desk.get_by_role("button", name="开始绑定").click()
    expect(desk.get_by_alt_text("绑定动态口令的二维码")).to_be_visible()
    assert desk.locator("img.qr").evaluate("picture => picture.complete && picture.naturalWidth > 100")
    secret = desk.locator("code.secret").inner_text()
    desk.get_by_label("动态口令").fill(pyotp.TOTP(secret).now())
    desk.get_by_role("button", name="完成绑定").click()
    expect(desk.locator("code.secret")).to_have_count(8)
    code = desk.locator("code.secret").first.inner_text()

    phone = people.window(390)
    phone.goto("/login/")
    phone.get_by_label("身份证号 / 手机号 / 用户名").fill(NAME)
    phone.get_by_label("密码").fill(PASSWORD)
    slide(phone, site.puzzle_answer(phone.locator("[data-puzzle-token]").input_value()))
    phone.get_by_role("button", name="登录", exact=True).click()
    phone.wait_for_url("**/login/second")
    phone.get_by_label("动态口令").fill(code)
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone.get_by_text("已使用一个恢复码，还剩7个。")).to_be_visible()

    phone.goto("/account/")
    expect(phone.locator(".devices li")).to_have_count(3)
    phone.get_by_role("button", name="退出其他设备").click()
    phone.get_by_role("dialog").get_by_role("button", name="退出其他设备").click()
    expect(phone.locator(".devices li")).to_have_count(1)
    for window in (desk, elsewhere):
        window.goto("/account/")
        expect(window).to_have_url(f"{site.url}/login/?next=%2Faccount%2F")

    phone.get_by_role("link", name="管理动态口令").click()
    phone.get_by_label("当前密码").fill(PASSWORD)
    phone.get_by_role("button", name="解除").click()
    phone.get_by_role("dialog").get_by_role("button", name="解除").click()
    expect(phone.get_by_text("动态口令已解除。")).to_be_visible()
    assert site.rows("SELECT totp_secret FROM ab_user WHERE username = :name", name=NAME) == [(None,)]
