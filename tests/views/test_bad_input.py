"""Whatever is typed: never a fault, a Chinese word for it, what was typed stays, nothing written, nothing unescaped."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.domain.states import ApplicationStatus, CertificateStatus
from app.extensions import db
from app.models import Application, Attachment, Certificate, Expert, Feedback, Speciality
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from tests.support import cases, people
from tests.support.breadth import some
from tests.support.browser import Browser

SignIn = Callable[..., Browser]

SCRIPT = "<script>alert('x')</script>"
STRINGS = {
    "blank": "", "spaces": " 　\t ", "long": "长" * 2001, "megabyte": "x" * 1_000_000, "control": "张\x01\x1b三",
    "NUL": "张\x00三", "surrogate bytes": "张\udcff三", "bidi": "张\u202e三", "script": SCRIPT,
    "attribute": "\"' onmouseover='alert(1)", "sql": "'; DROP TABLE expert; --", "jinja": "{{ 7*19181 }}{% for %}",
    "emoji": "👩🏽‍🚒", "rare": "𬱖䶮", "number": "99999999999999999999", "digits": "²٣", "negative": "-1",
    "line": "第一行\r\n第二行",
}  # fmt: skip
KEPT = ("long", "script", "attribute", "sql", "jinja", "emoji", "rare", "number", "digits", "negative")
"""Those that any reader can print: refused, they stand in the form again."""


@dataclass
class Form:
    """A form: who sends it, where, what it holds, its text fields that stay filled, how it answers when it is done."""

    who: str
    url: str
    fields: tuple[str, ...]
    base: dict[str, Any] | None = None
    stays: tuple[str, ...] = ()
    done: int = 302


FORMS = {
    "register": Form(
        "visitor", "/register/", ("name", "id_number", "mobile", "code", "password", "password_again"),
        stays=("name", "id_number", "mobile"),
    ),
    "register code": Form("visitor", "/register/code", ("mobile",)),
    "login": Form("visitor", "/login/", ("username", "password", "puzzle_token", "puzzle_x"), stays=("username",)),
    "code login": Form("visitor", "/login/code", ("mobile", "code"), stays=("mobile",)),
    "forgot": Form("visitor", "/password/forgot", ("mobile", "code", "new", "again"), stays=("mobile",)),
    "forgot code": Form("visitor", "/password/forgot/code", ("mobile",)),
    "profile": Form(
        "expert", "/my/profile",
        ("email", "address", "postcode", "region", "specialities", "school", "graduated_on", "title_level",
         "practice_years", "strengths", "employer", "version"),
        {"save": "draft"}, ("email", "address", "school", "strengths", "employer"),
    ),
    "upload": Form("expert", "/my/files", ("kind", "file")),
    "apply": Form("expert", "/my/apply", ("departments",)),
    "mobile": Form("expert", "/my/mobile", ("mobile", "code", "password"), stays=("mobile",)),
    "mobile code": Form("expert", "/my/mobile/code", ("mobile",)),
    "password": Form("expert", "/account/password", ("old", "new", "again")),
    "feedback": Form("expert", "/feedback/", ("question", "contact"), stays=("question", "contact")),
    "approve": Form(
        "reviewer", "/review/decide/{pending}",
        ("speciality", "starts_on", "term", "ends_on", "appointing_body", "title", "version"),
        {"outcome": "approve"}, ("title",),
    ),
    "reject": Form("reviewer", "/review/decide/{pending}", ("reason", "version"), {"outcome": "reject"}, ("reason",)),
    "outcome": Form("reviewer", "/review/decide/{pending}", ("outcome",)),
    "preview": Form(
        "reviewer", "/review/preview/{pending}",
        ("speciality", "starts_on", "term", "ends_on", "appointing_body", "title", "version"), {"outcome": "approve"},
    ),
    "preview title": Form("reviewer", "/review/preview/{pending}", ("title",), {"term": "long"}),
    "file": Form("filer", "/filing/action/file/{approved}", ("version",)),
    "file many": Form("filer", "/filing/bulk", ("key", "rowid"), {"action": "file"}),
    "terminate": Form("reviewer", "/certificate/{certificate}/terminate", ("reason", "version")),
    "reset": Form("reviewer", "/expert/reset/{expert}", ("new",), stays=("new",), done=200),
    "bind a phone": Form("reviewer", "/account/totp/confirm", ("code",)),
    "recovery codes": Form("reviewer", "/account/totp/codes", ("password",)),
    "answer": Form("administrator", "/feedback-desk/answer/{feedback}", ("answer",), stays=("answer",)),
    "staff": Form(
        "administrator", "/account-staff/add",
        ("first_name", "username", "department", "roles", "id_number", "mobile", "new_password"), {"active": "y"},
        ("first_name", "username"),
    ),
    "role": Form("administrator", "/role/add", ("name", "permissions"), stays=("name",)),
    "organization": Form(
        "administrator", "/organization/add", ("name", "region", "prefix", "phone"), stays=("name", "prefix"),
    ),
    "department": Form("administrator", "/department/add", ("organization", "name", "phone"), stays=("name",)),
    "body": Form("administrator", "/body/add", ("organization", "name"), stays=("name",)),
    "industry": Form(
        "administrator", "/industry/add", ("name", "short_name", "position"), stays=("name", "short_name"),
    ),
    "field": Form("administrator", "/field/add", ("industry", "name", "position"), stays=("name",)),
    "speciality": Form("administrator", "/speciality/add", ("field", "name", "position"), stays=("name",)),
    "speciality again": Form("administrator", "/speciality/edit/{speciality}", ("name", "position"), stays=("name",)),
}  # fmt: skip
PASSWORDS = re.compile(r"<input[^>]*type=\"password\"[^>]*value=\"[^\"]")

_SUMMARY = re.compile(r"<div class=\"error-summary\".*?</div>", re.DOTALL)
_ENGLISH = re.compile(r">[^<>]*[A-Za-z]{3,} [A-Za-z]+[^<>]*<")


@pytest.fixture
def world(app: Flask, sign_in: SignIn) -> dict[str, Any]:
    """A browser for each sort of person, and the ids of rows to work on."""
    pending, approved = cases.pending_case(), cases.approved_case()
    certificate = cases.filed_certificate()
    asked = Feedback(asker_id=pending.expert.user_id, asker_name="张三", question="怎样申报？")
    db.session.add(asked)
    db.session.commit()
    who = {
        "expert": people.expert(), "reviewer": people.staff(REVIEWER),
        "filer": people.staff(FILER, at=people.department(people.SCIENCE)),
        "administrator": people.staff(ADMINISTRATOR),
    }  # fmt: skip
    browsers: dict[str, Any] = {name: sign_in(person) for name, person in who.items()}
    ids = {
        "pending": pending.id, "approved": approved.id, "certificate": certificate.id, "expert": certificate.expert_id,
        "feedback": asked.id, "speciality": people.speciality().id,
    }  # fmt: skip
    return {"browsers": {**browsers, "visitor": app.test_client()}, "ids": ids}


def counts() -> dict[str, int]:
    """How many rows each table has, but for what merely coming by leaves."""
    tables = {
        name: table for name, table in Expert.metadata.tables.items() if name not in ("login_puzzle", "login_session")
    }
    numbers = (select(func.count()).select_from(table).scalar_subquery() for table in tables.values())
    return dict(zip(tables, db.session.execute(select(*numbers)).one(), strict=True))


@pytest.mark.other_database  # on SQLite: test_every_form.py
@pytest.mark.parametrize("name", FORMS)
def test_a_form_withstands_whatever_is_typed(world: dict[str, Any], name: str) -> None:
    form = FORMS[name]
    browser, url = world["browsers"][form.who], form.url.format(**world["ids"])
    for what, text in some([*STRINGS.items()], 3, list(FORMS).index(name)):
        before = counts()
        answer = browser.submit(url, _filled(form, what, text))
        page = answer.get_data().decode(errors="replace")
        assert answer.status_code in (200, 302, 400, 403, 404, 409, 413, 422), (what, answer.status_code)
        assert "Traceback" not in page, what
        if answer.status_code != form.done and answer.mimetype != "application/pdf":
            assert counts() == before, what
            assert re.search("[\u4e00-\u9fff]{3}", answer.get_json()["message"] if answer.is_json else page), what
        _check_page(form, what, text, answer, page)


def _filled(form: Form, what: str, text: str) -> dict[str, Any]:
    """The string in every field; the longest in one alone, for a request has its own measure."""
    names = form.fields[:1] if what == "megabyte" else form.fields
    raw: Any = text.encode("utf-8", "surrogateescape") if what == "surrogate bytes" else text
    return {**(form.base or {}), **dict.fromkeys(names, raw)}


def _check_page(form: Form, what: str, text: str, answer: TestResponse, page: str) -> None:
    if not answer.is_json:
        assert SCRIPT not in page, what
        assert "' onmouseover='alert" not in page, what
        assert "134267" not in page, what
        assert not PASSWORDS.search(page), what
        assert not _ENGLISH.search(" ".join(_SUMMARY.findall(page))), (what, _SUMMARY.findall(page))
    if answer.status_code == 422 and form.stays:
        assert "error-summary" in page or "alert" in page, what
        if what in KEPT:
            shown = html.unescape(page)
            kept = text if len(text) < 2000 else text[:1999]
            missing = [field for field in form.stays if _drawn(page, field) is None or kept not in _drawn(shown, field)]
            assert not missing, (what, missing)


def _drawn(page: str, field: str) -> str:
    """The part of a page from a field's own tag on."""
    at = page.find(f'name="{field}"')
    return page[max(0, at - 9000) : at + 9000]


@pytest.mark.one_database
def test_a_second_submit_of_the_same_form_does_nothing_twice(world: dict[str, Any]) -> None:
    browsers, ids = world["browsers"], world["ids"]
    reject = {"outcome": "reject", "reason": "材料不全", "version": "1"}
    assert browsers["reviewer"].submit(f"/review/decide/{ids['pending']}", reject).status_code == 302
    again = browsers["reviewer"].submit(f"/review/decide/{ids['pending']}", reject)
    assert again.status_code == 422
    assert "已被他人处理" in again.get_data(as_text=True)
    for _ in range(2):
        browsers["filer"].submit(f"/filing/action/file/{ids['approved']}", {"version": "2"})
    filed = select(func.count()).where(Certificate.application_id == ids["approved"])
    assert db.session.scalar(filed) == 1
    apply = {"departments": str(people.department().id)}
    assert browsers["expert"].submit("/my/apply", apply).status_code == 302
    again = browsers["expert"].submit("/my/apply", apply)
    assert again.status_code == 422
    assert "不能重复申报" in again.get_data(as_text=True)
    add = {"name": "新行业", "short_name": "新", "position": "1"}
    assert browsers["administrator"].submit("/industry/add", add).status_code == 302
    again = browsers["administrator"].submit("/industry/add", add)
    assert again.status_code in (200, 422)
    assert "已存在" in again.get_data(as_text=True)


@pytest.mark.one_database
def test_a_state_that_changed_meanwhile_is_said(world: dict[str, Any]) -> None:
    """What the page showed is no longer so: the words stay, nothing is decided."""
    browsers, ids = world["browsers"], world["ids"]
    answer = browsers["reviewer"].submit(
        f"/review/decide/{ids['pending']}", {"outcome": "reject", "reason": "独一无二的理由", "version": "7"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code in (409, 422)
    assert "已被他人处理" in page
    assert "独一无二的理由" in page
    assert db.session.get_one(Application, ids["pending"]).status is ApplicationStatus.PENDING_REVIEW
    profile = browsers["expert"].submit("/my/profile", {"save": "draft", "school": "云南大学二", "version": "99"})
    assert profile.status_code in (409, 422)
    assert "已在别处保存过" in profile.get_data(as_text=True)
    assert "云南大学二" in profile.get_data(as_text=True)
    browsers["reviewer"].submit(f"/certificate/{ids['certificate']}/terminate", {"reason": "过时", "version": "9"})
    assert db.session.get_one(Certificate, ids["certificate"]).status is CertificateStatus.VALID


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("运行.exe", b"MZ\x90\x00" * 100), ("图.svg", b"<svg onload='alert(1)'/>"), ("页.html", SCRIPT.encode()),
        ("假.pdf", b"not a pdf"), ("空.pdf", b""), ("../../etc/passwd", b"root"), ("假.png", b"\x89PNG\r\n\x1a\n"),
        ("名" * 300 + ".pdf", b"%PDF-1.4"), ("", b"x"), ("a\x00b.pdf", b"%PDF-1.4"),
    ],
    ids=["exe", "svg", "html", "text as pdf", "empty", "path", "broken png", "long name", "no name", "NUL name"],
)  # fmt: skip
def test_a_file_of_the_wrong_kind_is_refused(world: dict[str, Any], filename: str, data: bytes) -> None:
    browser: Browser = world["browsers"]["expert"]
    before = db.session.scalar(select(func.count()).select_from(Attachment))
    for form in ({"kind": "title", "file": (io.BytesIO(data), filename)}, {"photo": (io.BytesIO(data), filename)}):
        answer = browser.submit("/my/files", form, content_type="multipart/form-data")
        assert answer.status_code == 422, form
        assert "error-summary" in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == before


@pytest.mark.one_database
def test_a_request_beyond_all_measure_is_refused(world: dict[str, Any]) -> None:
    browser: Browser = world["browsers"]["expert"]
    big = browser.submit("/my/files", {"kind": "other", "file": (io.BytesIO(b"0" * (22 * 2**20)), "大.pdf")})
    assert big.status_code == 413
    assert "error-page" in big.get_data(as_text=True)
    for size, kind in ((3, "multipart/form-data"), (22, "application/x-www-form-urlencoded")):
        long = browser.submit("/feedback/", {"question": "x" * (size * 2**20)}, content_type=kind)
        assert long.status_code == 413, kind


@pytest.mark.parametrize("row", ["0", "-1", "x", "%00", "²", "99999999999999999999", "1%20OR%201=1", "..%2f1", "NaN"])
def test_an_id_that_is_none_is_not_found(world: dict[str, Any], row: str) -> None:
    browsers = world["browsers"]
    for url in (
        f"/expert/show/{row}",
        f"/review/show/{row}",
        f"/expert/word/{row}",
        f"/certificate/{row}",
        f"/file/{row}",
    ):
        assert browsers["reviewer"].get(url).status_code == 404, url
    for url in (f"/organization/show/{row}", f"/organization/edit/{row}", f"/region/show/{row}", f"/role/edit/{row}",
                f"/account-staff/edit/{row}", f"/feedback-desk/show/{row}", f"/audit/show/{row}"):  # fmt: skip
        assert browsers["administrator"].get(url).status_code == 404, url
    for url in ("/review/choices/speciality", "/expert/choices/region", "/expert/choices/industry"):
        assert browsers["reviewer"].get(f"{url}?q={row}").status_code == 200, url
    assert browsers["reviewer"].get(f"/review/title/{world['ids']['pending']}?speciality={row}").status_code == 404


def test_a_relation_out_of_reach_is_refused(world: dict[str, Any]) -> None:
    """A body of another organization, a retired speciality: chosen by hand, refused by name."""
    ids, browser = world["ids"], world["browsers"]["reviewer"]
    other = cases.bodies_of(people.organization(people.KUNMING))[0]
    retired = db.session.scalars(select(Speciality).order_by(Speciality.id.desc())).first()
    assert retired is not None
    retired.retired = True
    db.session.commit()
    own = cases.bodies_of(people.organization())[0].id
    for body, speciality in ((other.id, ids["speciality"]), (own, retired.id), (own, 999_999)):
        form = {"outcome": "approve", "term": "long", "title": "省化工-防爆", "version": "1"}
        form |= {"appointing_body": str(body), "speciality": str(speciality)}
        answer = browser.submit(f"/review/decide/{ids['pending']}", form)
        assert answer.status_code == 422
        assert db.session.get_one(Application, ids["pending"]).status is ApplicationStatus.PENDING_REVIEW
