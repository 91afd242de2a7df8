"""The lists: few statements whatever their length, filters that find, and bad addresses refused in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, insert, select, text

from app.domain.states import ApplicationStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Application, Expert, Feedback, Field, SmsMessage, Snapshot, Speciality
from app.policies.roles import ADMINISTRATOR
from app.services import certificates
from app.services.audit import audit
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.databases import POSTGRESQL, Registry, unguarded
from tests.support.people import KUNMING, MINES, QILIN, QUJING, WUHUA

SignIn = Callable[..., Browser]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that run meanwhile, transaction control left out."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def ten_thousand(app: Flask, registry: Registry) -> Iterator[None]:
    """So many experts; taken away at once, for PostgreSQL looks through a table for each account deleted."""
    bulk_experts(10_000)
    yield
    db.session.remove()
    if registry.kind == POSTGRESQL:
        with registry.engine.begin() as connection, unguarded(connection):
            connection.execute(text("TRUNCATE ab_user CASCADE"))


def bulk_experts(count: int) -> None:
    """Experts of two counties with an approved case each, quickly."""
    at, body, speciality = people.department(), cases.bodies_of(people.organization())[0], people.speciality()
    moment = datetime.now(UTC)
    numbers = range(1, count + 1)
    db.session.execute(
        insert(Account),
        [{"id": 100_000 + n, "first_name": f"专家{n}", "last_name": "", "username": f"bulk{n}", "active": True,
          "must_change_password": False, "session_epoch": 0} for n in numbers],
    )  # fmt: skip
    db.session.execute(
        insert(Expert),
        [{"id": 100_000 + n, "user_id": 100_000 + n, "name": f"专家{n % 977:03d}号", "sex": "男", "version": 1,
          "birth_date": date(1970, 1, 1), "id_number": f"B{n:017d}", "id_number_index": f"B{n:017d}", "mobile": f"{n:011d}",
          "mobile_index": f"{n:011d}", "employer": f"单位{n % 50}",
          "region_code": WUHUA if n % 2 else QILIN, "title_level": "正高级"} for n in numbers],
    )  # fmt: skip
    db.session.execute(
        insert(Snapshot), [{"id": 100_000 + n, "expert_id": 100_000 + n, "content": {}} for n in numbers]
    )
    db.session.execute(
        insert(Application),
        [{"id": 100_000 + n, "version": 1, "expert_id": 100_000 + n, "organization_id": at.organization_id,
          "department_id": at.id, "region_code": people.PROVINCE, "status": ApplicationStatus.PENDING_FILING,
          "submitted_at": moment, "snapshot_id": 100_000 + n, "speciality_id": speciality.id,
          "appointing_body_id": body.id, "title": "省化工-防爆"} for n in numbers],
    )  # fmt: skip
    db.session.commit()


QUERIES = (
    "", "?page_ExpertView=300", "?_oc_ExpertView=name&_od_ExpertView=desc", f"?region={QILIN}", "?name=专家5",
    "?certificate=none&title_level=正高级", "?psize_ExpertView=100", "?employer=没有这个单位",
)  # fmt: skip


def test_ten_thousand_experts_are_listed_in_five_statements(
    registry: Registry, sign_in: SignIn, ten_thousand: None
) -> None:
    for region in (people.PROVINCE, KUNMING):
        browser = sign_in(people.staff(at=people.department(region=region)))
        for query in QUERIES:
            with counted(registry.engine) as ran:
                response = browser.get(f"/expert/list/{query}")
            assert response.status_code == 200
            assert len(ran) <= 5 + ("region=" in query), (query, ran)  # what a filter names is a row of its own


def fill(count: int, sms_account: Account) -> None:
    """Rows for every list that is not of cases."""
    for number in range(count):
        db.session.add(Feedback(asker_id=sms_account.id, asker_name="李科员", question=f"问题{number}"))
        audit(people.actor(sms_account), "试", f"第{number}行")
        db.session.add(SmsMessage(key=f"test-{count}-{number}", mobile="13900000000", text="试", purpose="试"))
        people.staff(name=f"科员{number}", at=people.department(MINES))
    db.session.commit()


ADMINISTRATORS_LISTS = (
    "/organization/", "/department/", "/body/", "/industry/", "/field/", "/speciality/", "/region/", "/role/",
    "/account-staff/", "/feedback-desk/", "/sms/", "/audit/", "/design/",
)  # fmt: skip


@pytest.mark.one_database
def test_administrators_lists_have_no_n_plus_one(registry: Registry, sign_in: SignIn) -> None:
    administrator = people.staff(ADMINISTRATOR)
    browser = sign_in(administrator)

    def ask(size: int) -> dict[str, int]:
        """How many statements each list takes that is so long."""
        taken = {}
        for url in ADMINISTRATORS_LISTS:
            page = browser.get(f"{url}list/").get_data(as_text=True)
            assert page.count("<tr") > 0 or url == "/role/"
            view = re.search(r"psize_(\w+)=", page)
            with counted(registry.engine) as ran:
                answer = browser.get(f"{url}list/?psize_{view[1]}={size}" if view else f"{url}list/")
            assert answer.status_code == 200, url
            taken[url] = len(ran)
        return taken

    fill(1, administrator)
    few = ask(10)
    fill(24, administrator)
    assert ask(50) == few


@pytest.mark.one_database
def test_lists_of_cases_have_no_n_plus_one(registry: Registry, sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    urls = ["/review/list/", "/filing/list/", "/application/list/", "/certificates/list/", "/expert/list/"]

    def grow() -> None:
        cases.pending_case()
        cases.approved_case()
        cases.filed_certificate()

    grow()
    few = {}
    for url in urls:
        with counted(registry.engine) as ran:
            assert browser.get(url).status_code == 200
        few[url] = len(ran)
    for _ in range(5):
        grow()
    for url in urls:
        with counted(registry.engine) as ran:
            browser.get(url)
        assert len(ran) == few[url], (url, ran)


BAD = [
    "?nothing=1", "?page_ExpertView=x", "?page_ExpertView=-1", "?page_ExpertView=99999999999", "?page_ExpertView=²",
    "?psize_ExpertView=x", "?_oc_ExpertView=password&_od_ExpertView=asc", "?_oc_ExpertView=id_number",
    "?_oc_ExpertView=name&_od_ExpertView=sideways", "?_flt_0_id_number=5", "?_flt_1_name=x", "?name=%00",
    "?name=" + "长" * 101, "?region=999999", "?region=x", "?region=99999999999999999999", "?industry=2147483648",
    "?certificate=maybe", "?approved=2", "?title_level=院士", "?filed_from=2026-02-30", "?filed_to=yesterday",
    "?filed_from=0000-00-00", "?filed_from=0001-01-01", "?filed_to=9999-12-31", "?id_number=5301",
    "?page_CertificateView=1",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_a_bad_address_of_a_list_is_refused_in_chinese(app: Flask, sign_in: SignIn, query: str) -> None:
    response = sign_in(people.staff()).get(f"/expert/list/{query}")
    page = response.get_data(as_text=True)
    assert response.status_code in (400, 422)
    assert "error-page" in page
    assert "Traceback" not in page


def test_harmless_oddities_of_an_address_still_give_a_list(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    for query in (
        "?page_ExpertView=9999999", "?psize_ExpertView=7", "?psize_ExpertView=1000000", "?name=%25&name=_",
        "?name=%F0%AC%B1%96",
        "?name=%ff%fe", "?name='%20OR%201=1--", "?name=<script>alert(1)</script>", "?filed_from=2199-12-31", "?name=",
    ):  # fmt: skip
        response = browser.get(f"/expert/list/{query}")
        assert response.status_code == 200, query
        assert "<script>alert" not in response.get_data(as_text=True)


@pytest.mark.parametrize("url", ["/application/list/", "/certificates/list/", "/expert/list/"])
def test_the_ends_of_the_calendar_are_no_fault(app: Flask, sign_in: SignIn, url: str) -> None:
    browser = sign_in(people.staff())
    names = set(re.findall(r'name="(\w+_(?:from|to))"', browser.get(url).get_data(as_text=True)))
    assert names
    for name in names:
        for day, status in (("0001-01-01", 422), ("1900-01-01", 200), ("2199-12-31", 200), ("9999-12-31", 422)):
            assert browser.get(f"{url}?{name}={day}").status_code == status, (name, day)


@pytest.fixture
def three(app: Flask) -> dict[str, Expert]:
    """甲 holds a valid certificate; 乙's has expired; 丙's was terminated; 丁 waits; 戊 never applied."""
    other = db.session.scalars(
        select(Speciality).join(Field).where(Field.industry_id == 5).order_by(Speciality.id)
    ).first()
    assert other is not None
    made = {
        "甲": people.expert(WUHUA, name="甲子", employer="昆明甲厂"),
        "乙": people.expert(QILIN, name="乙丑", specialities=[other], title_level="副高级"),
        "丙": people.expert(QILIN, name="丙寅"),
        "丁": people.expert(WUHUA, name="丁卯"),
        "戊": people.expert(WUHUA, name="戊辰"),
    }
    cases.filed_certificate(cases.approved_case(cases.pending_case(made["甲"])))
    expired = cases.filed_certificate(cases.approved_case(cases.pending_case(made["乙"])))
    expired.valid_from = expired.issued_on = today_in_shanghai() - timedelta(days=400)
    cases.end_on(expired, today_in_shanghai() - timedelta(days=1))
    case = cases.approved_case(cases.pending_case(made["丙"], people.department(MINES, QUJING)))
    ended = cases.filed_certificate(case)
    certificates.terminate(ended.id, people.actor(cases.reviewer_of(case)), "违反规定")
    cases.pending_case(made["丁"])
    return made


def test_every_filter_of_the_experts_list_finds(sign_in: SignIn, three: dict[str, Expert]) -> None:
    browser = sign_in(people.staff())
    first = people.speciality()
    today, mines = today_in_shanghai(), people.department(MINES, QUJING)

    def found(query: str) -> str:
        page = browser.get(f"/expert/list/?{query}")
        assert page.status_code == 200, query
        ids = set(re.findall(r"/expert/show/(\d+)", page.get_data(as_text=True)))
        return "".join(name for name, expert in three.items() if str(expert.id) in ids)

    every = "甲乙丙丁戊"
    expected = {
        "": "甲乙丙", "all=1": every, "approved=1": "甲乙丙", "approved=0": "丁戊",
        "name=丙": "丙", "name=%25": "", "employer=甲厂": "甲", "title_level=副高级": "乙",
        f"region={people.PROVINCE}": every, f"region={QUJING}": "乙丙", f"region={WUHUA}": "甲丁戊",
        f"industry={first.field.industry_id}": "甲丙丁戊", "industry=5": "乙",
        f"field={first.field_id}": "甲丙丁戊", f"specialities={first.id}": "甲丙丁戊",
        f"department={mines.id}": "丙", f"department={people.department().id}": "甲乙丁",
        "certificate=valid": "甲", "certificate=expired": "乙", "certificate=terminated": "丙",
        "certificate=none": "丁戊",
        f"filed_from={today}": "甲丙", f"filed_to={today - timedelta(days=1)}": "乙",
        f"filed_from={today - timedelta(days=400)}&filed_to={today}": "甲乙丙",
        f"region={QUJING}&certificate=expired&name=乙": "乙", f"region={WUHUA}&certificate=expired": "",
    }  # fmt: skip
    assert {query: found(query) for query in expected} == expected


def test_a_list_keeps_its_filters_and_says_them_in_words(sign_in: SignIn, three: dict[str, Expert]) -> None:
    page = sign_in(people.staff()).get(f"/expert/list/?region={QUJING}&certificate=expired").get_data(as_text=True)
    for word in ("曲靖市", "已失效", "1"):
        assert word in page
    assert f'value="{QUJING}"' in page
