"""Marked people go through everything; nothing that the server leaves behind has their numbers in clear."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.identity import check_character
from tests.journeys.conftest import PASSWORD, ROOT, People, Site, running, sign_in, slide
from tests.journeys.steps import (
    agree_and_register,
    apply,
    approve,
    file,
    fill_profile,
    fill_registration,
    open_case,
    papers,
)
from tests.journeys.traces import Temporary, encodings, files, found_in, opened

TALKATIVE = ["--config", str(ROOT / "scripts" / "gunicorn.conf.py"), "--log-level", "debug", "--access-logfile", "-"]
NEW_PASSWORD = "Lingyige-2026-mima"


def _marked(first_17: str) -> str:
    return first_17 + check_character(first_17)


STAYS, LEAVES = _marked("53010219770707771"), _marked("53010219780808883")
MOBILE, MOBILE_2 = "13977771771", "13988881883"
CANARIES = (STAYS, LEAVES, MOBILE, MOBILE_2)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With rate limits, with the worker, talking as much as it can, its temporary files where they are watched."""
    folder = tmp_path_factory.mktemp("canary")
    (folder / "tmp").mkdir()
    with (
        Temporary(folder / "tmp") as temporary,
        running(
            folder,
            TALKATIVE,
            worker=True,
            RATELIMIT_ENABLED="1",
            TMPDIR=str(folder / "tmp"),
            PYTHONUNBUFFERED="1",
            LOG_FORMAT="json",
            ACCESS_LOG="1",
            SLOW_STATEMENT_MS="0",
        ) as found,
    ):
        yield found
    assert found_in([("temporary files", bytes(temporary.seen))], CANARIES) == []


def _a_minute_passes(site: Site) -> None:
    """For the limit of one code a minute."""
    past = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=2)
    site.rows("UPDATE verification_code SET created_at = :past", past=past.isoformat(" ", "microseconds"))


def _refused(page: Page, site: Site, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("身份证号 / 手机号 / 用户名").fill(name)
    page.get_by_label("密码").fill("bu-shi-zhege-mima")
    slide(page, site.puzzle_answer(page.locator("[data-puzzle-token]").input_value()))
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("账号或密码不正确").first).to_be_visible()


def _code(page: Page) -> None:
    _code_sent = page.get_by_text("验证码已发送")
    page.get_by_role("button", name="获取验证码").click()
    expect(_code_sent).to_be_visible()


def _wrong_then_forgotten(page: Page, site: Site) -> None:
    page.goto("/login/code")
    page.get_by_label("手机号").fill(MOBILE)
    page.get_by_label("短信验证码").fill("000000")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator(".error-summary")).to_be_visible()
    _a_minute_passes(site)
    page.goto("/password/forgot")
    page.get_by_label("手机号").fill(MOBILE)
    _code(page)
    page.get_by_label("短信验证码").fill(site.code_for(MOBILE))
    for box in page.locator("input[type=password]").all():
        box.fill(NEW_PASSWORD)
    page.get_by_role("button", name="设置新密码").click()
    expect(page.get_by_text("密码已重新设置")).to_be_visible()


def _errors(page: Page, site: Site) -> list[str]:
    """Pages of errors with a number in the address, in a form, and where the server itself has a fault."""
    page.goto(f"/no-such-page/{STAYS}?q={MOBILE}")
    pages = [page.content()]
    answer = page.request.post("/no-such-page", form={"id_number": STAYS, "mobile": MOBILE})
    pages.append(answer.text())
    site.rows("ALTER TABLE login_puzzle RENAME TO aside")
    answer = page.request.get(f"/puzzle?q={STAYS}")
    assert answer.status == 500
    pages.append(answer.text())
    site.rows("ALTER TABLE aside RENAME TO login_puzzle")
    return pages


def test_no_number_stays_behind_in_clear(site: Site, browser: Browser, tmp_path: Path) -> None:
    people = People(site, browser)
    addresses: list[str] = []

    def window() -> Page:
        page = people.window()
        page.on("request", lambda request: addresses.append(request.url))
        return page

    visitor, expert = window(), window()
    _refused(visitor, site, STAYS)
    fill_registration(expert, site, "阿朱", STAYS, MOBILE)
    agree_and_register(expert)
    _refused(visitor, site, STAYS)
    sign_in(expert, site, STAYS, PASSWORD)
    fill_profile(expert, papers(tmp_path, f"{STAYS} {MOBILE}", f"同意申报{STAYS}"))
    expect(expert.get_by_text(STAYS)).to_have_count(0)
    apply(expert)

    reviewer = people.signed_in("shenhe")
    reviewer.on("request", lambda request: addresses.append(request.url))
    open_case(reviewer, "/review/list/", "阿朱")
    masked = reviewer.content()
    reviewer.get_by_role("link", name="查看完整信息").click()
    reviewer.get_by_label("原因").fill("核对聘书上的身份信息")
    reviewer.get_by_role("button", name="查看", exact=True).click()
    # The answer to the reason is where they may stand, and there they do.
    for number in (STAYS, MOBILE):
        expect(reviewer.get_by_text(number).first).to_be_visible()
        assert number not in masked
    approve(reviewer, "阿朱")
    file(people.signed_in("beian"), "阿朱")
    reviewer.goto("/expert/list/")
    reviewer.get_by_role("row", name=re.compile("阿朱")).get_by_role("link").first.click()
    expect(reviewer.get_by_role("heading", name="阿朱")).to_be_visible()
    assert found_in([("专家详情", reviewer.content().encode())], CANARIES) == []
    with reviewer.expect_download() as word:
        reviewer.get_by_role("link", name="下载专家信息").click()
    shown = zipfile.ZipFile(word.value.path()).read("word/document.xml")
    assert found_in([("Word of an official", shown)], CANARIES) == []
    reviewer.get_by_role("link", name="重置密码").click()
    given = reviewer.locator("input[name=new]").input_value()
    reviewer.get_by_role("button", name="确定重置").click()
    expect(reviewer.get_by_role("heading", name="密码已重置")).to_be_visible()
    assert given

    _wrong_then_forgotten(visitor, site)
    sign_in(_at_login(expert), site, MOBILE, NEW_PASSWORD)
    expert.goto("/my/certificates")
    expert.get_by_role("link", name=re.compile("专家")).last.click()
    expert.goto("/my/privacy")
    with expert.expect_download() as everything:
        expert.get_by_role("button", name="下载我的全部信息").click()
    own = zipfile.ZipFile(io.BytesIO(Path(everything.value.path()).read_bytes()))
    assert STAYS in own.read("个人信息.json").decode()

    leaving = window()
    fill_registration(leaving, site, "阿紫", LEAVES, MOBILE_2)
    agree_and_register(leaving)
    _a_minute_passes(site)
    fill_registration(visitor, site, "冒名", LEAVES, "13966661661")
    agree_and_register(visitor)
    sign_in(leaving, site, LEAVES, PASSWORD)
    leaving.goto("/my/close")
    leaving.get_by_label("密码").fill(PASSWORD)
    leaving.get_by_label("我知道注销后不能再登录").check()
    leaving.get_by_role("button", name="注销账号").click()
    expect(leaving.get_by_text("账号已注销。")).to_be_visible()

    asked = list(addresses)
    pages = _errors(visitor, site)
    cookies = [cookie["value"] for context in people.contexts for cookie in context.cookies()]
    people.close()
    on_server = not site.database.startswith("sqlite")
    left = [
        *files(site.instance),
        *([("dump", subprocess.check_output(["pg_dump", site.database]))] if on_server else []),
        *(("address", address.encode()) for address in asked),
        *(("cookie", opened(cookie)) for cookie in cookies),
        # The address itself is shown by no page of ours.
        *(("error page", text.encode()) for text in pages),
    ]
    assert found_in(left, CANARIES) == []
    names = {Path(name).name for name, _ in left}
    held = {"dump"} if on_server else {"registry.db", "registry.db-wal", "registry.db-shm"}
    assert {*held, "server.log", "worker.log"} <= names
    log = (site.instance / "server.log").read_text()
    assert "/no-such-page/530102********" in log
    assert re.search(r"fault at .*/puzzle", log)
    assert '"logger": "app.access"' in log
    assert '"logger": "app.statements"' in log
    assert any(name.startswith("counter_") for name in names)


def _at_login(page: Page) -> Page:
    page.context.clear_cookies()
    page.goto("/login/")
    return page


@pytest.mark.parametrize("encode", ["utf-8", "utf-16-le", "hex", "base64"])
def test_what_looks_for_numbers_finds_them(encode: str) -> None:
    plain = f"前{STAYS}后".encode()
    data = {
        "utf-8": plain,
        "utf-16-le": f"前{STAYS}后".encode("utf-16-le"),
        "hex": plain.hex().encode(),
        "base64": base64.b64encode(plain),
    }[encode]
    assert found_in([("here", data)], [STAYS]) == [("here", STAYS)]
    assert found_in([("here", data)], [LEAVES]) == []
    assert len(encodings(STAYS)) > 1
