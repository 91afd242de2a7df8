"""换发 on the screens: corrected, checked side by side, confirmed; both certificates lead to each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Certificate, Transition
from app.policies.roles import FILER
from app.services import certificates
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.people import SCIENCE

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


@pytest.fixture
def old(app: Flask) -> Certificate:
    """One with an error."""
    return cases.filed_certificate()


@pytest.fixture
def browser(old: Certificate, sign_in: SignIn) -> Browser:
    """Of who filed it."""
    return sign_in(people.staff(FILER, at=people.department(SCIENCE)))


def fields(certificate: Certificate, **other: str) -> dict[str, str]:
    """The form as it is filled in."""
    assert certificate.valid_to is not None
    return {
        "version": str(certificate.version), "name": certificate.name, "title": "省化工-消防", "appointing_body": certificate.body,
        "starts_on": certificate.valid_from.isoformat(), "term": "until", "ends_on": certificate.valid_to.isoformat(),
        "reason": "聘任名称有误。", **other,
    }  # fmt: skip


def written() -> tuple[int, ...]:
    return tuple(db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Certificate, Transition))


def test_from_the_certificate_to_the_new_one(browser: Browser, old: Certificate) -> None:
    address, before = f"/certificate/{old.id}", written()
    assert f'href="{address}/reissue"' in browser.get(address).text
    page = browser.get(f"{address}/reissue").text
    assert 'value="省化工-防爆"' in page
    assert "原为“省化工-防爆”" in page
    checked = browser.submit(f"{address}/reissue/check", fields(old, reason="聘任名称有误。\n应为消防。"))
    assert checked.status_code == 200
    for shown in ("省化工-防爆专家", "<strong>省化工-消防专家</strong>", "聘任名称有误。\n应为消防。", old.number):
        assert shown in checked.text
    assert checked.text.count("不变") == 4
    again = browser.submit(f"{address}/reissue/check", fields(old, again="y"))
    assert again.status_code == 200
    assert 'value="省化工-消防"' in again.text
    assert "聘任名称有误。</textarea>" in again.text
    preview = browser.submit(f"{address}/reissue/preview", fields(old))
    assert (preview.status_code, preview.mimetype) == (200, "application/pdf")
    assert written() == before
    done = browser.submit(f"{address}/reissue", fields(old))
    new = certificates.of_application(old.application_id)
    assert new is not None
    assert (done.status_code, done.headers["Location"]) == (302, f"/certificate/{new.id}")
    assert written() == (before[0] + 1, before[1] + 1)


def test_both_lead_to_each_other_and_stand_where_one_looks_for_them(
    browser: Browser, old: Certificate, sign_in: SignIn
) -> None:
    new = cases.reissued(old, "名称有误。", title="省化工-消防")
    own = sign_in(old.expert)
    for reader in (browser, own):
        shown = reader.get(f"/certificate/{old.id}").text
        assert "本聘书已换发" in shown
        assert f'href="/certificate/{new.id}"' in shown
        assert "换发理由：名称有误。" in shown
        assert "/reissue" not in shown
        shown = reader.get(f"/certificate/{new.id}").text
        assert f'href="/certificate/{old.id}"' in shown
        assert "本聘书由更正换发而来" in shown
    mine = own.get("/my/certificates").text
    assert mine.index(new.number) < mine.index(old.number)
    assert mine.count("已换发") == 1
    case = browser.get(f"/application/show/{old.application_id}").text
    assert f"查看聘书 {new.number}" in case
    assert f"查看已换发的 {old.number}" in case
    assert "换发" in browser.get(f"/application/why/{old.application_id}").text

    def listed(query: str) -> list[bool]:
        text = browser.get(f"/certificates/list/?{query}").text
        return [number in text for number in (old.number, new.number)]

    assert [listed(f"status={one}") for one in ("superseded", "valid", "terminated", "expired")] == [
        [True, False], [False, True], [False, False], [False, False],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "请填写聘任名称。"),
        ("reason", " ", "请填写换发的理由。"),
        ("starts_on", "2026-13-01", "不是有效日期"),
        ("ends_on", "2001-01-01", "早于起始日期"),
        ("term", "7", "请选择有效期。"),
        ("name", "别人", "姓名只能选原聘书上的"),
        ("appointing_body", "某公司", "请从列表中选择聘用单位。"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    browser: Browser, old: Certificate, field: str, typed: str, said: str
) -> None:
    before = written()
    sent = fields(old, **{field: typed})
    for act in ("/check", "/preview", ""):
        answer = browser.submit(f"/certificate/{old.id}/reissue{act}", sent)
        assert answer.status_code == 422
        assert said in answer.text
        if act != "/preview":
            assert sent["title" if field != "title" else "reason"] in answer.text
    assert written() == before


def test_nothing_corrected_or_no_more_to_correct_is_said_in_words(browser: Browser, old: Certificate) -> None:
    unchanged = browser.submit(f"/certificate/{old.id}/reissue/check", fields(old, title=old.title))
    assert unchanged.status_code == 422
    assert "没有改动任何内容，不需要换发" in unchanged.text
    sent: dict[str, Any] = fields(old)
    cases.reissued(old)
    late = browser.submit(f"/certificate/{old.id}/reissue", sent)
    assert late.status_code == 422
    assert "已被他人处理" in late.text
    assert "当前状态为“已换发”，不能换发。" in browser.get(f"/certificate/{old.id}/reissue").text


def test_who_files_elsewhere_is_told_why_not(old: Certificate, sign_in: SignIn) -> None:
    case = cases.approved_case(
        cases.pending_case(people.expert(people.WUHUA), people.department(region=people.KUNMING))
    )
    certificate = cases.filed_certificate(case)
    above = sign_in(people.staff(FILER, at=people.department(SCIENCE)))
    assert "只有申报机构中有备案权限的人员可以换发" in above.get(f"/certificate/{certificate.id}/reissue").text
    assert above.submit(f"/certificate/{certificate.id}/reissue", fields(certificate)).status_code == 422
    assert "/reissue" not in above.get(f"/certificate/{certificate.id}").text
