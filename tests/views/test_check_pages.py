"""证书查验 as strangers meet it: what the page tells, what it keeps to itself, and how often it may be asked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

import pytest
import segno
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.adapters.storage import MemoryStorage
from app.domain.states import CertificateStatus
from app.extensions import db
from app.models import AuditEntry, Certificate
from app.services import certificates, issuing
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.frozen import Frozen

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]
NAME = "赵匡胤"


@pytest.fixture
def certificate(app: Flask, clock: Clock) -> Certificate:
    """Filed on 15 October 2020 for ten years."""
    clock.on(date(2020, 10, 15))
    case = cases.pending_case(people.expert(name=NAME))
    return cases.filed_certificate(cases.approved_case(case))


def words(page: str) -> str:
    """What a page says, from its heading on."""
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def upload(browser: Browser, content: bytes, name: str = "聘书.pdf") -> tuple[int, str]:
    answer = browser.submit("/check/file", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    return answer.status_code, words(answer.text)


def supersede(certificate: Certificate, clock: Clock) -> None:
    certificate.status, certificate.superseded_at = CertificateStatus.SUPERSEDED, clock.now()
    db.session.commit()


def terminate(certificate: Certificate, clock: Clock) -> None:
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离本省")


def expire(certificate: Certificate, clock: Clock) -> None:
    clock.on(date(2030, 10, 15))


def not_yet(certificate: Certificate, clock: Clock) -> None:
    clock.on(date(2020, 10, 14))


@pytest.mark.parametrize(
    ("happens", "word", "sentence"),
    [
        (None, "有效 Valid", "本聘书在有效期内。"),
        (not_yet, "尚未生效 Not yet valid", "本聘书自 2020年10月15日 起有效，现在还没有生效。"),
        (expire, "已失效 Expired", "本聘书的有效期到 2030年10月14日 为止，已经期满失效。"),
        (terminate, "已提前终止 Terminated", "本聘书已于 2020年10月15日 提前终止，不再有效。"),
        (supersede, "已换发 Superseded", "本聘书已于 2020年10月15日 由新聘书替代，不再有效。"),
    ],
)
def test_the_page_says_how_it_stands_and_what_it_says_and_no_more(
    visitor: Browser,
    certificate: Certificate,
    clock: Clock,
    happens: Callable[..., None] | None,
    word: str,
    sentence: str,
) -> None:
    if happens is not None:
        happens(certificate, clock)
    answer = visitor.get(f"/check/{certificate.check_code}")
    assert answer.status_code == 200
    said = words(answer.text)
    assert said.startswith(
        f"聘书查验结果 {word} {sentence} 姓名 赵** 聘任名称 省化工-防爆专家 聘用单位 云南省应急管理厅"
    )
    assert "证书编号 YNS20201015001 有效期限 2020年10月15日 至 2030年10月14日 查验时间 20" in said
    assert " 12:00（北京时间）" in said
    assert f"<title>{word.split()[0]} - 聘书查验" in answer.text
    expert = certificate.expert
    for kept in (NAME, "匡", "调离", expert.id_number, expert.mobile, certificate.department.name, certificate.digest):
        assert kept not in answer.text
    assert not re.search(rf"(?:certificate|expert|application)/{certificate.id}\b", answer.text)
    assert '<form method="post"' not in answer.text


def test_a_visitor_is_neither_marked_nor_followed(visitor: Browser, certificate: Certificate) -> None:
    for code in (certificate.check_code, "A" * 22):
        headers = visitor.get(f"/check/{code}").headers
        assert "Set-Cookie" not in headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "code", ["A" * 22, "x", "A" * 5000, "%00" * 22, "聘书", "'--", "%F0%9F%91%A9", "file"]
)  # fmt: skip
def test_an_unknown_code_gets_a_friendly_page(visitor: Browser, code: str) -> None:
    answer = visitor.get(f"/check/{code}")
    assert answer.status_code == 404
    assert "未查到 Not found 本系统未查到该聘书" in words(answer.text)
    assert "/check/" in answer.text


def test_number_and_name_lead_to_the_same_page(visitor: Browser, certificate: Certificate) -> None:
    answer = visitor.submit("/check/", {"number": " ｙｎｓ20201015001", "name": "赵 匡胤"})
    assert answer.status_code == 200
    assert words(answer.text) == words(visitor.get(f"/check/{certificate.check_code}").text)
    assert NAME not in answer.text


def test_a_wrong_name_is_answered_as_an_unknown_number(visitor: Browser, certificate: Certificate) -> None:
    def told(number: str, name: str) -> str:
        answer = visitor.submit("/check/", {"number": number, "name": name})
        assert answer.status_code == 404
        typed = [f'value="{text}"' for text in (number, name)]
        assert all(text in answer.text for text in typed)
        return re.sub("|".join(typed), "", re.sub(r'(nonce|csrf_token" value)="[^"]*"', "", answer.text))

    wrong_name = told("YNS20201015001", "钱匡胤")
    assert wrong_name == told("YNS20201015999", NAME) == told("ABC", "钱")
    assert "没有查到该聘书" in wrong_name
    assert NAME not in told("YNS20201015001", "赵匡义")


def test_blanks_are_named(visitor: Browser, app: Flask) -> None:
    answer = visitor.submit("/check/", {"number": "", "name": "张\x00三"})
    assert answer.status_code == 422
    assert "请填写证书编号。" in answer.text
    assert "含有无法显示的控制字符" in answer.text


def test_the_issued_file_is_known_again_and_no_other(
    visitor: Browser, certificate: Certificate, storage: MemoryStorage, clock: Clock
) -> None:
    pdf = storage.read(certificate.digest)
    status, said = upload(visitor, pdf, "改过名字.bin")
    assert status == 200
    assert "有效 Valid" in said
    assert "该文件与备案时生成的文件一致，没有改动。" in said
    changed = bytearray(pdf)
    changed[len(pdf) // 2] ^= 1
    terminate(certificate, clock)
    for other in (bytes(changed), certificates.pdf(certificate)):
        status, said = upload(visitor, other)
        assert status == 404
        assert "与备案时生成的文件不一致" in said
    status, said = upload(visitor, pdf)
    assert status == 200
    assert "已提前终止 Terminated" in said
    assert "一致，没有改动" in said


@pytest.mark.one_file
def test_what_is_uploaded_is_judged_and_not_kept(visitor: Browser, app: Flask, storage: MemoryStorage) -> None:
    frozen, stored = Frozen(), list(storage.digests())
    for content, says in (
        (b"", "空文件不能核对"),
        (b"GIF89a", "这不是 PDF 文件"),
        (b"%PDF-" + bytes(2 * 2**20), "文件超过 2 MB"),
    ):
        status, said = upload(visitor, content)
        assert status == 422
        assert says in said
    assert upload(visitor, b"%PDF-1.7 /JavaScript (bad(1))")[0] == 404
    nothing = visitor.submit("/check/file", {}, content_type="multipart/form-data")
    assert nothing.status_code == 422
    assert "请选择要核对的 PDF 文件。" in nothing.text
    assert upload(visitor, b"%PDF-" + bytes(22 * 2**20))[0] == 413
    assert list(storage.digests()) == stored
    assert not frozen.changed()
    frozen.close()


def test_the_qr_code_leads_to_the_page(app: Flask, visitor: Browser, certificate: Certificate) -> None:
    """Read by a reader of another make."""
    picture = io.BytesIO()
    segno.make(issuing.check_url(certificate.check_code), error="m").save(picture, kind="png", scale=4)
    (found,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    address = urlsplit(found.text)
    assert f"{address.scheme}://{address.netloc}" == app.config["PUBLIC_URL"]
    assert "有效" in words(visitor.get(address.path).text)


def test_owner_and_officials_find_the_address_and_the_digest(sign_in: SignIn, certificate: Certificate) -> None:
    for person in (certificate.expert, cases.reviewer_of(certificate.application)):
        page = sign_in(person).get(f"/certificate/{certificate.id}").text
        assert issuing.check_url(certificate.check_code) in page
        assert certificate.digest in page
    assert f'href="/check/{certificate.check_code}"' in sign_in(certificate.expert).get("/my/certificates").text


def test_nothing_stands_before_the_page(sign_in: SignIn, certificate: Certificate) -> None:
    """Neither a password that is due nor an agreement that lacks."""
    person = people.staff()
    person.must_change_password = True
    db.session.commit()
    browser = sign_in(person)
    assert browser.get("/check/").status_code == 200
    assert browser.get(f"/check/{certificate.check_code}").status_code == 200
    assert 'href="/check/"' in browser.get("/account/password").text


# How often.


def ask(app: Flask, number: str, address: str) -> int:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    form = {"number": number, "name": NAME}
    return browser.submit("/check/", form, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.mark.usefixtures("rate_limits")
def test_an_address_checks_thirty_times_a_minute_whatever_way(app: Flask, certificate: Certificate) -> None:
    asked = [ask(app, f"YNS{n}", f"2001:db8:1:1::{n:x}") for n in range(29)]
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base["REMOTE_ADDR"] = "2001:db8:1:1::ff"
    assert asked == [404] * 29
    assert upload(browser, b"%PDF-")[0] == 404
    status, said = upload(browser, b"%PDF-")
    assert status == 429
    assert "查验次数过多" in said
    assert ask(app, "YNS20201015001", "2001:db8:1:1::fe") == 429
    assert ask(app, "YNS20201015001", "2001:db8:1:2::1") == 200
    assert browser.get("/check/").status_code == 200
    assert browser.get(f"/check/{certificate.check_code}").status_code == 200
    noted = " ".join(f"{row.action} {row.subject} {row.detail}" for row in db.session.scalars(select(AuditEntry)))
    assert "YNS20201015001" not in noted
    assert NAME not in noted


@pytest.mark.usefixtures("rate_limits")
def test_names_are_tried_thirty_times_an_hour_for_a_number_from_wherever(app: Flask, certificate: Certificate) -> None:
    asked = [ask(app, "yns 20201015001" if n % 2 else "YNS20201015001", f"10.0.0.{n}") for n in range(31)]
    assert asked == [200] * 30 + [429]
    assert ask(app, "YNS20201015002", "10.0.0.99") == 404


@pytest.mark.usefixtures("rate_limits")
def test_codes_are_tried_sixty_times_a_minute(visitor: Browser, certificate: Certificate) -> None:
    asked = [visitor.get(f"/check/{'A' * 22}").status_code for _ in range(61)]
    assert asked == [404] * 60 + [429]
