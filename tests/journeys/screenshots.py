"""Makes the manual's pictures again from the real screens, on the sample people.

With the registry running on its sample data: ``python -m tests.journeys.screenshots [address]``, in the
environment of the server (``INSTANCE_PATH``, ``DATABASE_URL``), because the login puzzle's answer is read from its database.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.services.samples import PASSWORD
from app.services.samples import people as sample_people
from tests.journeys.conftest import ARGUMENTS, CHROMIUM, ROOT, Site, sign_in

PICTURES = ROOT / "app" / "static" / "help"
README_PICTURE = ROOT / "docs" / "picture.png"
WIDTH, HEIGHT, COLOURS = 1280, 800, 128
PDF_MILLISECONDS, TIMEOUT = 3000, 60_000
ORGANIZATION, DEPARTMENT = "云南省应急管理厅", "危险化学品安全监督管理处"
APPROVED, DRAFT, REJECTED = "王建国", "赵明", "朱家伟"


def stay(page: Page) -> None:
    """The screen as it opens."""


def first_row(page: Page, text: str = "") -> None:
    """The page of the first row with ``text``."""
    page.locator("table tbody tr", has_text=text).first.get_by_role("link").first.click()
    page.wait_for_load_state()


def choose_departments(page: Page) -> None:
    """The dialog of 申报."""
    page.get_by_role("button", name="选择部门并申报").click()


def approve_for_ten_years(page: Page) -> None:
    """The review form filled in, and not sent."""
    first_row(page, DEPARTMENT)
    page.get_by_label("通过").check()
    page.get_by_label("10 年").check()
    page.locator("input[name=appointing_body]").first.check()
    page.evaluate("scrollTo(0, 0)")


def history(page: Page) -> None:
    """审核历史 at the end of the expert's page."""
    first_row(page)
    page.get_by_role("link", name="审核历史", exact=True).click()


def certificate(page: Page) -> None:
    """The first certificate, when the browser's PDF viewer has drawn it."""
    page.locator("main a[href^='/certificate/']").first.click()
    page.wait_for_timeout(PDF_MILLISECONDS)


class Picture(NamedTuple):
    """Who looks at what; ``act`` brings the screen into the state of the picture."""

    name: str
    who: str | None
    path: str
    act: Callable[[Page], None] = stay


TAKEN = (
    Picture("login", None, "/login/"),
    Picture("register", None, "/register/"),
    Picture("expert-desk", DRAFT, "/my/"),
    Picture("expert-profile", DRAFT, "/my/profile"),
    Picture("expert-files", DRAFT, "/my/files"),
    Picture("expert-apply", REJECTED, "/my/apply", choose_departments),
    Picture("expert-cases", REJECTED, "/my/applications"),
    Picture("staff-desk", "yn.shenhe", "/desk/"),
    Picture("expert-list", "yn.shenhe", "/expert/list/"),
    Picture("expert-history", "yn.shenhe", "/expert/list/?name=" + APPROVED, history),
    Picture("review", "yn.shenhe", "/review/list/", approve_for_ten_years),
    Picture("filing", "yn.beian", "/filing/list/", lambda page: first_row(page, ORGANIZATION)),
    Picture("certificate", APPROVED, "/my/certificates", certificate),
    Picture("check", APPROVED, "/my/certificates", lambda page: page.get_by_role("link", name="查验页").first.click()),
    Picture("accounts", "admin", "/account-staff/list/"),
)


def account(who: str) -> str:
    """What the person types at login: a user name, or a sample expert's mobile."""
    return next((person.mobile for person in sample_people.everybody() if person.name == who), who)


def is_blank(shot: Image.Image) -> bool:
    """Whether the middle holds one colour: headless Chromium's PDF viewer sometimes draws nothing."""
    return shot.crop((WIDTH // 4, HEIGHT // 3, WIDTH, HEIGHT * 9 // 10)).convert("RGB").getcolors(4) is not None


def small(data: bytes) -> Image.Image:
    """A screenshot with few colours: text and plain areas lose nothing that shows."""
    return Image.open(BytesIO(data)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def main(url: str) -> None:
    """Takes every picture; each person logs in once."""
    site = Site(url, Path(os.environ.get("INSTANCE_PATH", ROOT / "instance")), os.environ.get("DATABASE_URL", ""))
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        pages: dict[str | None, Page] = {}
        for picture in TAKEN:
            if picture.who not in pages:
                page = browser.new_context(
                    base_url=url,
                    locale="zh-CN",
                    timezone_id="Asia/Shanghai",
                    viewport={"width": WIDTH, "height": HEIGHT},
                ).new_page()
                page.set_default_timeout(TIMEOUT)
                if picture.who:
                    page.goto("/login/")
                    sign_in(page, site, account(picture.who), PASSWORD)
                pages[picture.who] = page
            page = pages[picture.who]
            page.goto(picture.path)
            picture.act(page)
            page.wait_for_timeout(500)
            shot = small(page.screenshot())
            if picture.name == "certificate" and is_blank(shot):
                print("certificate.png: the PDF viewer stayed blank; the old picture is kept, run again")
                continue
            shot.save(PICTURES / f"{picture.name}.png", optimize=True)
            if picture.name == "review":
                shot.save(README_PICTURE, optimize=True)
            print(f"{picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
