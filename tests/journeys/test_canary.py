"""A marked ID number and mobile go through everything; afterwards none of what the server left holds them in clear."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PASSWORD, ROOT, People, Site, environment_of, try_to_sign_in
from tests.journeys.steps import apply, approve, file, fill_profile, id_number, open_case, register

NAME, MOBILE, NUMBER = "阿朱", "13987654321", id_number(77)
OTHER_MOBILE = "13987654322"
CANARIES = (NUMBER, MOBILE, OTHER_MOBILE)


def written(canary: str) -> Iterator[bytes]:
    """The canary in the ways in which a program may write it down."""
    plain = canary.encode()
    yield plain
    yield canary.encode("utf-16-le")
    yield plain.hex().encode()
    # Base64 of it at each of the three places where it may stand in a longer text.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + plain).rstrip(b"=")
        yield coded[(before * 8 + 5) // 6 : -1]


def holds(data: bytes) -> list[str]:
    """The canaries that are in ``data``."""
    return [canary for canary in CANARIES for form in written(canary) if form in data]


def unpacked(cookie: str) -> bytes:
    """A signed session cookie as whoever finds it can read it."""
    payload = cookie.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return zlib.decompress(raw) if cookie.startswith(".") else raw


def shows(page: Page) -> bool:
    """Whether the page's source holds the number or the mobile."""
    source = page.content()
    return NUMBER in source or MOBILE in source


def test_the_search_finds_what_is_there() -> None:
    for form in (NUMBER.encode(), base64.b64encode(b"x" + NUMBER.encode() + b"yz"), NUMBER.encode("utf-16-le")):
        assert holds(b"before" + form + b"after")
    assert holds(b"nothing") == []


def test_nothing_is_left_in_clear(people: People, papers: tuple[Path, Path]) -> None:
    addresses: list[str] = []
    expert = live(people, papers, addresses)
    site = people.site
    told = deliver(site)
    assert holds(told.encode()) == []
    left = {path: holds(path.read_bytes()) for path in site.instance.rglob("*") if path.is_file()}
    assert {str(path): found for path, found in left.items() if found} == {}
    assert {"registry.db", "server.log"} <= {path.name for path in left}
    assert any(path.parent.parent.parent.name == "sealed" for path in left)
    assert holds("\n".join(addresses).encode()) == []
    assert addresses
    for context in (*people.contexts, expert.context):
        for cookie in context.cookies():
            value = cookie["value"]
            assert holds(value.encode()) == []
            assert cookie["name"] == "device" or holds(unpacked(value)) == []


def live(people: People, papers: tuple[Path, Path], addresses: list[str]) -> Page:
    """Everything that a number and a mobile go through. Gives the expert's window."""
    window = people.window

    def listened(width: int = 1280) -> Page:
        page = window(width)
        page.on("request", lambda request: addresses.append(request.url))
        return page

    people.window = listened  # type: ignore[method-assign]
    stranger = people.window()
    stranger.goto("/login/")
    try_to_sign_in(stranger, people.site, NUMBER, "not-the-password-7")
    expect(stranger.get_by_text("账号或密码不正确").first).to_be_visible()
    expert = register(people, NAME, 77, MOBILE)
    fill_profile(expert, papers)
    expert.goto("/my/profile")
    assert shows(expert)  # one's own
    apply(expert)
    official(people)
    for page, act in ((people.signed_in("shenhe"), approve), (people.signed_in("beian"), file)):
        act(page, NAME)
        assert not shows(page)
    expert.goto("/my/privacy")
    with expert.expect_download() as download:
        expert.get_by_role("button", name="下载我的全部信息").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert NUMBER in archive.read("个人信息.json").decode()
    second = people.window()
    second.goto("/register/")
    taken(people, second)
    refused(people, second)
    return expert


def official(people: People) -> None:
    """A reviewer sees the masked number everywhere, and the whole one for a reason, once."""
    reviewer = people.signed_in("shenhe")
    open_case(reviewer, "/review/list/", NAME)
    assert not shows(reviewer)
    assert f"{NUMBER[:6]}********{NUMBER[-4:]}" in reviewer.content()
    reviewer.get_by_role("link", name="查看完整信息").click()
    reviewer.get_by_label("原因").fill("核对本人身份证原件。")
    reviewer.locator("main form .btn-primary").click()
    expect(reviewer.get_by_text("查看原因已记入操作日志")).to_be_visible()
    assert shows(reviewer)
    open_case(reviewer, "/review/list/", NAME)
    assert not shows(reviewer)
    for path in ("/expert/list/?all=1", "/application/list/", "/certificates/list/"):
        reviewer.goto(path)
        assert not shows(reviewer), path
    admin = people.signed_in("admin")
    for path in ("/sms/list/", "/audit/list/", "/account-staff/list/", "/feedback-desk/list/"):
        admin.goto(path)
        assert not shows(admin), path


def taken(people: People, page: Page) -> None:
    """Somebody else registers with the number."""
    page.get_by_label("姓名").fill("阿紫")
    page.get_by_role("textbox", name="身份证号").fill(NUMBER)
    page.get_by_label("手机号").fill(OTHER_MOBILE)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    page.get_by_label("短信验证码").fill(people.site.code_for(OTHER_MOBILE))
    for label in ("密码", "确认密码"):
        page.get_by_label(label, exact=False).first.fill(PASSWORD)
    page.locator("#password_again").fill(PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_label("我单独同意").check()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page.get_by_text("注册申请已受理")).to_be_visible()


def refused(people: People, page: Page) -> None:
    """Forms that are refused: forged, and to a page that is none."""
    for path in ("/login/", "/register/", "/no-such-page"):
        answer = page.request.post(f"{people.site.url}{path}", form={"username": NUMBER, "mobile": MOBILE})
        assert answer.status in (400, 404)
        assert NUMBER not in answer.text()
    missing = page.request.get(f"{people.site.url}/expert/{quote(NUMBER)}")
    assert NUMBER not in missing.text()


def deliver(site: Site) -> str:
    """The worker's pass over the outbox, and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "run", "deliver"],
        cwd=ROOT, env=environment_of(site.instance), check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout + done.stderr
