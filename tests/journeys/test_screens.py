"""What everybody can use: axe finds nothing serious, nothing runs off a phone, in large type either."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import PASSWORD, People, sign_in
from tests.journeys.steps import Newcomer, register

WIDTHS = (1280, 390)
GRAVE = ("serious", "critical")
SCREENS = {
    None: ("/login/", "/register/", "/password/forgot", "/privacy/notice", "/privacy/sensitive", "/check/"),
    "expert": (
        "/my/privacy",
        "/privacy/consent",
        "/my/close",
        "/account/",
        "/notices/",
        "/notices/choices",
        "/my/changes/",
        "/my/certificates",
        "/search/?q=我的",
    ),
    "shenhe": (
        "/account/",
        "/account/totp/",
        "/expert/list/",
        "/review/list/",
        "/change/list/",
        "/desk/",
        "/notices/",
        "/notices/choices",
        "/delegation/",
        "/delegation/new",
        "/ledger/",
        "/statistics/",
        "/exports/",
        "/expert/export_table",
        "/search/?q=王",
    ),
    "beian": ("/imports/",),
    "admin": (
        "/audit/list/",
        "/audit/show/1",
        "/sms-template/list/",
        "/sms-template/edit/1",
        "/sms/list/",
        "/jobs/list/",
        "/condition/",
        "/role/edit/3",
        "/account-staff/add",
        "/delegation-desk/list/",
        "/rights/list/",
        "/department/merge/1?into=2",
        "/design/list/",
        "/design/show/1",
        "/design/edit/1",
    ),
}


def faults(page: Page, path: str) -> list[str]:
    """What is wrong with a screen at each width; in large type, whether it still fits."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        grave = [rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in GRAVE]
        found += [f"{path} at {width}: {rule}" for rule in grave]
        for large in (False, True):
            page.evaluate("large => document.documentElement.classList.toggle('large-type', large)", large)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{path} at {width}{' in large type' if large else ''}: runs off sideways")
    return found


def test_screens_are_for_everybody(people: People) -> None:
    windows = {"expert": register(people, Newcomer("李清露"))}
    for who, paths in SCREENS.items():
        page = windows.get(str(who)) or people.window()
        if who in ("shenhe", "beian", "admin"):
            page.goto("/login/")
            sign_in(page, people.site, who, PASSWORD)
        assert [fault for path in paths for fault in faults(page, path)] == []
