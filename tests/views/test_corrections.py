"""退回补正 on the screens: ticking, marks on the expert's pages, 重新提交, the difference, 审核历史 to take away."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import docx
import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, AuditEntry
from app.policies.roles import REVIEWER
from app.services import corrections, profiles
from tests.support import cases, people
from tests.support.browser import Browser

SignIn = Callable[..., Browser]
WHY = "通信地址不完整。"

pytestmark = pytest.mark.one_database


def form(case: Application, **fields: Any) -> dict[str, Any]:
    values = {"outcome": "return", "reason": WHY, "marks": ["address", "education"], "marks-address": "写到门牌号"}
    return {**values, "version": str(case.version), **fields}


def returned_case(**notes: str) -> Application:
    case = cases.pending_case(people.expert(address="旧地址"))
    head = people.actor(cases.reviewer_of(case))
    corrections.give_back(case.id, head, WHY, notes or {"address": "写到门牌号"}, case.version)
    return case


def resubmitted(case: Application, address: str) -> None:
    db.session.refresh(case.expert)
    who = people.actor(case.expert)
    profiles.save(who, {"address": address}, {}, version=case.expert.version, draft=False)
    corrections.resubmit(who, case.id)


def test_a_reviewer_returns_a_case_from_its_page(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    browser = sign_in(cases.reviewer_of(case))
    page = browser.get(f"/review/show/{case.id}").get_data(as_text=True)
    consent = case.expert.attachments[1]
    for item in ("address", "specialities", "education", "photo", f"file:{consent.id}"):
        assert f'name="marks" value="{item}"' in page
    assert 'value="id_number"' not in page
    answer = browser.submit(f"/review/decide/{case.id}", form(case), follow_redirects=True)
    assert "已退回补正，须补正的内容已告知专家" in answer.get_data(as_text=True)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.RETURNED
    page = browser.get(f"/application/show/{case.id}").get_data(as_text=True)
    assert "须补正：通信地址（写到门牌号）、教育经历" in page
    assert "data-review-submit" not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "请填写退回补正的理由"),
        ({"marks": []}, "请至少勾选一项需要补正的内容或附件"),
        ({"marks": ["address", "no_such"]}, "勾选的项目不存在"),
        ({"marks": ["a\x00b"]}, "控制字符"),
        ({"marks-address": "长" * 101}, "说明不能超过100个字"),
        ({"marks-address": "a\x00"}, "控制字符"),
        ({"version": "99"}, "已被他人处理"),
    ],
)
def test_a_refused_return_keeps_what_was_typed(app: Flask, sign_in: SignIn, fields: dict[str, Any], words: str) -> None:
    case = cases.pending_case()
    answer = sign_in(cases.reviewer_of(case)).submit(f"/review/decide/{case.id}", form(case, **fields))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    if "marks" not in fields:
        assert 'name="marks" value="address" checked' in page
        assert f'value="{fields.get("marks-address", "写到门牌号")}"' in page
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_REVIEW


def test_the_expert_sees_marks_on_every_page_that_they_concern(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case(people.expert())
    consent = case.expert.attachments[1]
    marks = {"address": "写到门牌号", "education": "缺学历", f"file:{consent.id}": "未盖章", "photo": ""}
    corrections.give_back(case.id, people.actor(cases.reviewer_of(case)), WHY, marks)
    browser = sign_in(case.expert)
    pages = {url: browser.get(url).get_data(as_text=True) for url in ("/my/applications", "/my/profile", "/my/files")}
    for page in pages.values():
        assert WHY in page
        assert f"/my/applications/{case.id}/resubmit" in page
        assert '<a href="/my/profile#address">通信地址</a>：写到门牌号' in page
    assert "通信地址（须补正）" in pages["/my/profile"]
    assert "教育经历（须补正）" in pages["/my/profile"]
    assert "邮编（须补正）" not in pages["/my/profile"]
    assert "照片（须补正）" in pages["/my/files"]
    assert "须补正：未盖章" in pages["/my/files"]
    assert "退回补正" in browser.get("/my/").get_data(as_text=True)
    other = sign_in(people.expert())
    assert all("须补正" not in other.get(url).get_data(as_text=True) for url in pages)


def test_the_expert_checks_the_answers_and_resubmits(app: Flask, sign_in: SignIn) -> None:
    case = returned_case()
    browser = sign_in(case.expert)
    url = f"/my/applications/{case.id}/resubmit"
    page = browser.get(url).get_data(as_text=True)
    assert "请核对以下资料" in page
    assert "旧地址" in page
    stale = browser.submit(url, {"version": "1"})
    assert stale.status_code == 422
    assert "已被他人处理" in stale.get_data(as_text=True)
    done = browser.submit(url, {"version": str(case.version)}, follow_redirects=True).get_data(as_text=True)
    assert "已重新提交" in done
    assert "须补正：通信地址（写到门牌号）" in done
    again = browser.submit(url, {"version": str(case.version)}, follow_redirects=True).get_data(as_text=True)
    assert "已被他人处理" in again or "不能重新提交" in again
    assert "不需要重新提交" in browser.get(url, follow_redirects=True).get_data(as_text=True)


def test_a_case_that_was_returned_meanwhile_is_withdrawn_only_by_who_knows(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    seen = case.version
    corrections.give_back(case.id, people.actor(cases.reviewer_of(case, "王处长")), WHY, {"address": ""})
    browser = sign_in(case.expert)
    url = f"/my/applications/{case.id}/withdraw"
    page = browser.submit(url, {"version": str(seen)}, follow_redirects=True).get_data(as_text=True)
    assert "王处长已退回补正" in page
    assert f'name="version" value="{case.version}"' in page
    browser.submit(url, {"version": str(case.version)})
    db.session.refresh(case)
    assert case.status is ApplicationStatus.WITHDRAWN


def test_r8_what_is_missing_is_named_before_resubmitting(app: Flask, sign_in: SignIn) -> None:
    case = returned_case()
    case.expert.school = None
    db.session.commit()
    browser = sign_in(case.expert)
    url = f"/my/applications/{case.id}/resubmit"
    page = browser.get(url).get_data(as_text=True)
    assert "请先填写：毕业院校" in page
    assert 'data-ok="提交"' not in page
    refused = browser.submit(url, {"version": str(case.version)})
    assert (refused.status_code, "请先填写：毕业院校" in refused.get_data(as_text=True)) == (422, True)


def test_r5_another_experts_case_is_not_there(app: Flask, sign_in: SignIn) -> None:
    case = returned_case()
    browser = sign_in(people.expert())
    assert browser.get(f"/my/applications/{case.id}/resubmit").status_code == 404
    assert browser.submit(f"/my/applications/{case.id}/resubmit", {"version": str(case.version)}).status_code == 404


def test_r11_the_reviewer_sees_what_changed_since_the_last_time_and_the_first(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case(people.expert(address="旧地址"))
    head = cases.reviewer_of(case)
    browser = sign_in(head)
    url = f"/review/show/{case.id}"
    assert 'id="difference"' not in browser.get(url).get_data(as_text=True)
    for address in ("中间地址", "新地址"):
        corrections.give_back(case.id, people.actor(head), WHY, {"address": ""})
        resubmitted(case, address)
    assert cells(browser.get(url).get_data(as_text=True)) == [("个人信息 · 通信地址", "中间地址", "新地址")]
    assert cells(browser.get(f"{url}?since=first").get_data(as_text=True)) == [
        ("个人信息 · 通信地址", "旧地址", "新地址")
    ]
    corrections.give_back(case.id, people.actor(head), WHY, {"address": ""})
    resubmitted(case, "新地址")
    page = browser.get(url).get_data(as_text=True)
    assert cells(page) == []
    assert "没有变化。" in page


def cells(page: str) -> list[tuple[str, ...]]:
    card = page.split('id="difference"')[1].split("</section>")[0]
    return re.findall(r'<th scope="row">(.*?)</th>\s*<td[^>]*>(.*?)</td>\s*<td[^>]*>(.*?)</td>', card)


def test_the_history_is_printed_and_exported_masked_and_noted(app: Flask, sign_in: SignIn) -> None:
    case = returned_case()
    cases.pending_case(case.expert, people.department(people.MINES))
    expert = case.expert
    browser = sign_in(people.staff())
    page = browser.get(f"/expert/history/{expert.id}").get_data(as_text=True)
    answer = browser.get(f"/expert/history_word/{expert.id}")
    rows = [
        "\n".join(cell.text for cell in row.cells)
        for table in docx.Document(io.BytesIO(answer.data)).tables
        for row in table.rows
    ]
    word = "\n".join(rows)
    for text in (page, word):
        for said in ("危险化学品安全监督管理处", "非煤矿山安全监督管理处", "退回补正", WHY, "写到门牌号", "王处长"):
            assert said in text
        assert expert.mobile not in text
        assert expert.id_number not in text
        assert expert.mobile[:3] + "****" in text
    assert "data-print" in page
    seen = select(AuditEntry.action).where(AuditEntry.subject == f"专家#{expert.id}").order_by(AuditEntry.id)
    assert [one for one in db.session.scalars(seen) if "审核历史" in one] == ["打印审核历史", "导出审核历史"]


def test_r1_the_history_of_an_expert_out_of_scope_is_not_there(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert(people.QILIN)
    browser = sign_in(people.staff(REVIEWER, at=people.department(people.CHEMICALS, people.KUNMING)))
    for url in (f"/expert/history/{expert.id}", f"/expert/history_word/{expert.id}"):
        assert browser.get(url).status_code == 404
