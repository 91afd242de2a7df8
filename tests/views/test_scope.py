"""R1-R5 through the screens: what is out of scope answers exactly like what does not exist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.domain.states import ApplicationStatus, CertificateStatus
from app.extensions import db
from app.models import Application, Certificate, Expert
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.people import CHEMICALS, KUNMING, MINES, QILIN, QUJING, SCIENCE, WUHUA

SignIn = Callable[..., Browser]
NO_SUCH = 2_000_000_000


@dataclass
class Papers:
    """An expert with a case in each state at one department."""

    expert: Expert
    pending: Application
    approved: Application
    certificate: Certificate


def papers(home: str, prefecture: str, name: str) -> Papers:
    """An expert of ``home`` who deals with two departments of ``prefecture``."""
    expert = people.expert(home, name=name)
    chemicals, mines = people.department(CHEMICALS, prefecture), people.department(MINES, prefecture)
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert, chemicals)))
    approved = cases.approved_case(cases.pending_case(expert, mines))
    third = people.department("防汛抗旱", prefecture)
    return Papers(expert, cases.pending_case(expert, third), approved, certificate)


@pytest.fixture
def kunming(app: Flask) -> Papers:
    """张昆明 of 五华, who deals with 昆明."""
    return papers(WUHUA, KUNMING, "张昆明")


@pytest.fixture
def qujing(app: Flask) -> Papers:
    """李曲靖 of 麒麟, who deals with 曲靖."""
    return papers(QILIN, QUJING, "李曲靖")


def addresses(of: Papers | None) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way to one row: method, address, form. Without papers, the same for rows that do not exist."""
    expert = of.expert.id if of else NO_SUCH
    pending = of.pending.id if of else NO_SUCH
    approved = of.approved.id if of else NO_SUCH
    certificate = of.certificate.id if of else NO_SUCH
    file = of.expert.attachments[0].id if of else NO_SUCH
    return [
        ("GET", f"/expert/show/{expert}", {}),
        ("GET", f"/expert/word/{expert}", {}),
        ("GET", f"/expert/reset/{expert}", {}),
        ("POST", f"/expert/reset/{expert}", {"new": "A-new-pass-77", "again": "A-new-pass-77"}),
        ("GET", f"/review/show/{pending}", {}),
        ("GET", f"/filing/show/{approved}", {}),
        ("GET", f"/application/show/{approved}", {}),
        ("POST", f"/review/decide/{pending}", {"outcome": "reject", "reason": "材料不全", "version": "1"}),
        ("POST", f"/review/preview/{pending}", {"term": "long", "title": "省化工-防爆"}),
        ("GET", f"/review/title/{pending}?speciality=1", {}),
        ("POST", f"/filing/action/file/{approved}", {}),
        ("POST", "/filing/action_post", {"action": "file_several", "rowid": [f"{approved}:2"]}),
        ("GET", f"/certificates/show/{certificate}", {}),
        ("GET", f"/certificate/{certificate}", {}),
        ("GET", f"/certificate/{certificate}/pdf", {}),
        ("GET", f"/file/{file}", {}),
    ]


def ask(browser: Browser, method: str, url: str, form: dict[str, Any]) -> tuple[int, str]:
    """Status and page, without what differs in every answer."""
    response = browser.get(url) if method == "GET" else browser.submit(url, form)
    text = response.get_data().decode(errors="replace")
    text = re.sub(r"nonce=\"[^\"]*\"|content=\"[^\"]{40,}\"|value=\"[^\"]{40,}\"", "", text)
    return response.status_code, text


def state(of: Papers) -> tuple[Any, ...]:
    """What nobody may have touched."""
    db.session.rollback()
    rows = (of.pending.status, of.approved.status, of.certificate.status, of.expert.user.session_epoch)
    assert rows[2] is CertificateStatus.VALID
    return rows


@pytest.mark.parametrize("role", [STAFF, REVIEWER, FILER])
def test_r1_out_of_scope_answers_exactly_like_missing(sign_in: SignIn, qujing: Papers, role: str) -> None:
    before = state(qujing)
    browser = sign_in(people.staff(role, at=people.department(SCIENCE if role == FILER else CHEMICALS, KUNMING)))
    for (method, url, form), (_, missing, missing_form) in zip(addresses(qujing), addresses(None), strict=True):
        status, text = ask(browser, method, url, form)
        assert status in ((404, 403) if role != REVIEWER else (404, 403, 302)), url
        assert (status, text) == ask(browser, method, missing, missing_form), url
        assert "李曲靖" not in text
    assert state(qujing) == before


def test_r1_a_reviewer_out_of_scope_gets_not_found(sign_in: SignIn, qujing: Papers) -> None:
    browser = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, KUNMING)))
    for method, url, form in addresses(qujing):
        if "/filing/action" not in url:
            assert ask(browser, method, url, form)[0] == 404, url
    filer = sign_in(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    for method, url, form in addresses(qujing):
        if not url.startswith(("/review/decide", "/review/preview", "/review/title")):
            assert ask(filer, method, url, form)[0] == 404, url


def test_r1_in_scope_the_same_addresses_open(sign_in: SignIn, qujing: Papers) -> None:
    """So that the 404 above is about scope and not about the address."""
    for region in (QUJING, people.PROVINCE):
        browser = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, region)))
        for method, url, form in addresses(qujing):
            if method == "GET":
                assert ask(browser, method, url, form)[0] in (200, 302), url


LISTS = {
    "/expert/list/": "name",
    "/application/list/": "expert",
    "/review/list/": "",
    "/filing/list/": "",
    "/certificates/list/": "",
}


def test_r1_lists_hold_only_rows_in_scope(sign_in: SignIn, kunming: Papers, qujing: Papers) -> None:
    for region, seen in ((KUNMING, {"张昆明"}), (QUJING, {"李曲靖"}), (people.PROVINCE, {"张昆明", "李曲靖"})):
        browser = sign_in(people.staff(at=people.department(CHEMICALS, region)))
        for url in LISTS:
            page = browser.get(url).get_data(as_text=True)
            assert {name for name in ("张昆明", "李曲靖") if name in page} == seen, (region, url)


def test_r1_county_staff_see_their_county_and_nobody_else(sign_in: SignIn, kunming: Papers, qujing: Papers) -> None:
    page = sign_in(people.staff(at=people.county_department(WUHUA))).get("/expert/list/").get_data(as_text=True)
    assert "张昆明" in page
    assert "李曲靖" not in page
    page = sign_in(people.staff(at=people.county_department("530103"))).get("/expert/list/").get_data(as_text=True)
    assert "张昆明" not in page


def test_r1_a_filter_never_widens_the_scope(sign_in: SignIn, kunming: Papers, qujing: Papers) -> None:
    browser = sign_in(people.staff(at=people.department(CHEMICALS, KUNMING)))
    for filters in ("name=李曲靖", f"region={QILIN}", "certificate=valid", "approved=1", "all=1"):
        rows = re.findall(r"/expert/show/(\d+)", browser.get(f"/expert/list/?{filters}").get_data(as_text=True))
        assert str(qujing.expert.id) not in rows, filters


def test_r1_choices_name_no_person(sign_in: SignIn, kunming: Papers, qujing: Papers) -> None:
    browser = sign_in(people.staff(at=people.department(CHEMICALS, KUNMING)))
    for name in ("name", "id_number", "mobile", "expert", "user", "attachments"):
        assert browser.get(f"/expert/choices/{name}?q=李").status_code == 404, name
    found = json.loads(browser.get("/expert/choices/region?q=麒麟").data)
    assert [row["id"] for row in found] == [QILIN]


def test_r1_an_administrator_sees_no_expert(sign_in: SignIn, kunming: Papers) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))
    for method, url, form in addresses(kunming):
        status, text = ask(browser, method, url, form)
        assert status in (302, 403, 404), url
        assert "张昆明" not in text


def test_r5_an_expert_reaches_nothing_of_another(sign_in: SignIn, kunming: Papers, qujing: Papers) -> None:
    before = state(kunming)
    browser = sign_in(qujing.expert)
    own = [("POST", f"/my/applications/{kunming.pending.id}/withdraw", {})]
    own.append(("POST", f"/my/files/{kunming.expert.attachments[0].id}/remove", {}))
    own.append(("POST", f"/certificate/{kunming.certificate.id}/terminate", {"reason": "试试"}))
    for method, url, form in [*addresses(kunming), *own]:
        status, text = ask(browser, method, url, form)
        assert status in (302, 403, 404), url
        assert "张昆明" not in text
    for url in (f"/certificate/{kunming.certificate.id}", f"/file/{kunming.expert.attachments[0].id}"):
        assert browser.get(url).status_code == 404
    for url in ("/my/", "/my/applications", "/my/certificates", "/my/files"):
        page = browser.get(url).get_data(as_text=True)
        assert "张昆明" not in page
        assert kunming.certificate.number not in page
    assert state(kunming) == before
    assert all(attachment.removed_at is None for attachment in kunming.expert.attachments)


def test_r5_an_expert_opens_their_own(sign_in: SignIn, kunming: Papers) -> None:
    browser = sign_in(kunming.expert)
    number = kunming.certificate.id
    for url in (f"/certificate/{number}", f"/certificate/{number}/pdf", f"/file/{kunming.expert.attachments[0].id}"):
        assert browser.get(url).status_code == 200, url


def test_r2_another_department_sees_the_case_and_cannot_act(sign_in: SignIn, kunming: Papers) -> None:
    browser = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, KUNMING)))
    page = browser.get(f"/review/show/{kunming.pending.id}").get_data(as_text=True)
    assert "张昆明" in page
    assert "只有申报部门中有审核权限的人员可以" in page
    assert "/review/decide/" not in page
    body = cases.bodies_of(kunming.pending.organization)[0]
    for outcome in ("approve", "reject"):
        form = {
            "outcome": outcome, "reason": "材料不全", "version": "1", "term": "long", "title": "州化工-防爆",
            "speciality": people.speciality().id, "appointing_body": body.id,
        }  # fmt: skip
        answer = browser.submit(f"/review/decide/{kunming.pending.id}", form)
        assert answer.status_code in (403, 422)
        assert "其他部门只能查看" in answer.get_data(as_text=True)
    assert state(kunming)[0] is ApplicationStatus.PENDING_REVIEW


def test_r3_the_head_of_the_department_gets_the_form(sign_in: SignIn, kunming: Papers) -> None:
    at = kunming.pending.department
    assert "/review/decide/" in sign_in(people.staff(REVIEWER, at=at)).get(
        f"/review/show/{kunming.pending.id}"
    ).get_data(as_text=True)
    clerk = sign_in(people.staff(STAFF, at=at))
    assert "/review/decide/" not in clerk.get(f"/review/show/{kunming.pending.id}").get_data(as_text=True)
    refused = clerk.submit(
        f"/review/decide/{kunming.pending.id}", {"outcome": "reject", "reason": "不", "version": "1"}
    )
    assert refused.status_code in (302, 403)
    assert state(kunming)[0] is ApplicationStatus.PENDING_REVIEW


def test_r3_only_the_reviewing_department_terminates(sign_in: SignIn, kunming: Papers) -> None:
    number = kunming.certificate.id
    for person in (
        people.staff(REVIEWER, at=people.department(MINES, KUNMING)),
        people.staff(FILER, at=people.department(SCIENCE, KUNMING)),
        people.staff(REVIEWER, at=people.department(CHEMICALS)),
        kunming.expert,
    ):
        browser = sign_in(person)
        assert f"/certificate/{number}/terminate" not in browser.get(f"/certificate/{number}").get_data(as_text=True)
        browser.submit(f"/certificate/{number}/terminate", {"reason": "越权"})
    state(kunming)


@pytest.mark.parametrize("bulk", [False, True])
def test_r4_only_a_filer_of_the_organization_files(sign_in: SignIn, kunming: Papers, bulk: bool) -> None:
    case = kunming.approved
    province = people.staff(FILER, at=people.department(SCIENCE))
    for person in (province, people.staff(REVIEWER, at=case.department)):
        browser = sign_in(person)
        form = {"key": "A" * 22, "action": "file", "rowid": [f"{case.id}:2"]} if bulk else {}
        browser.submit("/filing/bulk" if bulk else f"/filing/action/file/{case.id}", form)
        assert state(kunming)[1] is ApplicationStatus.PENDING_FILING
    assert "/filing/action/file/" not in sign_in(province).get(f"/filing/show/{case.id}").get_data(as_text=True)
    own = sign_in(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    own.submit("/filing/bulk" if bulk else f"/filing/action/file/{case.id}", form | ({"key": "B" * 22} if bulk else {}))
    assert state(kunming)[1] is ApplicationStatus.FILED
