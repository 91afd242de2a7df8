"""What one worker changes counts at the very next request to the other, whatever that one remembers (R1, R7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.extensions import db
from app.models import Account, Expert, Organization
from app.policies.roles import ADMINISTRATOR, READ_EXPERTS, REVIEWER, STAFF
from app.services import roles
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.lending import lend
from tests.support.people import CHEMICALS, KUNMING, QILIN, QUJING, WUHUA
from tests.support.workers import Answer, Worker, two_workers

SignIn = Callable[..., Browser]
Pair = tuple[Worker, Worker]
EXPERTS = "/expert/list/?all=1"


@pytest.fixture
def workers(app: Flask, sign_in: SignIn) -> Iterator[Pair]:
    # What both inherit, and so need not build each: templates, and whatever else the program remembers.
    assert sign_in(people.staff()).get(EXPERTS).status_code == 200
    with two_workers(app) as pair:
        yield pair


@pytest.fixture
def administrator(sign_in: SignIn, app: Flask) -> Browser:
    return sign_in(people.staff(ADMINISTRATOR, name="管理员"))


@pytest.fixture
def two_experts(app: Flask) -> tuple[Expert, Expert]:
    """One of 昆明, one of 曲靖."""
    return people.expert(WUHUA, name="张昆明"), people.expert(QILIN, name="李曲靖")


def names_at(workers: Pair, who: Browser, query: str = "") -> list[set[str]]:
    """Whom the list of each worker shows, asked twice, so that each had the chance to remember."""
    return [shown(worker.get(who, EXPERTS + query)) for worker in workers for _ in range(2)]


def shown(answer: Answer) -> set[str]:
    assert answer.status_code == 200
    return set(re.findall(r"张昆明|李曲靖", answer.text))


def form_of(account: Account, **changes: object) -> dict[str, object]:
    """The form of an account as it stands, but for ``changes``; None leaves a box unticked."""
    form: dict[str, object] = {
        "first_name": account.name, "username": account.username, "department": str(account.department_id),
        "roles": [str(role.id) for role in account.roles], "id_number": account.id_number or "", "active": "y", **changes,
    }  # fmt: skip
    return {name: value for name, value in form.items() if value is not None}


def statuses(workers: Pair, who: Browser, path: str) -> list[int]:
    return [worker.get(who, path).status_code for worker in reversed(workers)]


@pytest.mark.parametrize("change", ["role", "department", "disabled"])
def test_who_was_changed_at_one_worker_is_out_at_the_other(
    change: str, workers: Pair, administrator: Browser, sign_in: SignIn
) -> None:
    head = people.staff(REVIEWER)
    changes: dict[str, object] = {
        "role": {"roles": [str(people.roles(STAFF)[0].id)]},
        "department": {"department": str(people.department(CHEMICALS, QUJING).id)},
        "disabled": {"active": None},
    }[change]
    case = cases.pending_case()
    browser, form, url = sign_in(head), form_of(head, **changes), f"/review/show/{case.id}"
    edit = f"/account-staff/edit/{head.id}"
    assert statuses(workers, browser, url) == [200, 200]
    assert workers[0].submit(administrator, edit, form).status_code == 302
    # Whoever is moved keeps the session, without what it opened.
    assert statuses(workers, browser, url) == [404 if change == "department" else 302] * 2
    # A new session has what is left, and nothing of what was.
    if change != "disabled":
        again = sign_in(db.session.get_one(Account, head.id, populate_existing=True))
        asked = [
            worker.submit(again, f"/review/decide/{case.id}", {"outcome": "reject", "reason": "不"})
            for worker in workers
        ]
        assert [answer.status_code for answer in asked] == [{"role": 403, "department": 404}[change]] * 2


def test_what_a_role_loses_is_lost_at_the_other_worker(
    workers: Pair, two_experts: tuple[Expert, Expert], administrator: Browser, sign_in: SignIn
) -> None:
    clerk = people.staff(at=people.department(CHEMICALS, KUNMING))
    browser, actor = sign_in(clerk), people.actor(people.staff(ADMINISTRATOR))
    role = db.session.scalars(select(Role).where(Role.name == STAFF)).one()
    kept = {pair.id: roles.pair_of(pair) for pair in role.permissions}
    assert names_at(workers, browser) == [{"张昆明"}] * 4
    roles.save(actor, role.id, STAFF, [number for number, pair in kept.items() if pair != READ_EXPERTS])
    page = f"/expert/show/{two_experts[0].id}"
    assert set(statuses(workers, browser, EXPERTS) + statuses(workers, browser, page)) <= {302, 403, 404}
    roles.save(actor, role.id, STAFF, kept)
    assert names_at(workers, browser) == [{"张昆明"}] * 4


def test_a_moved_official_sees_the_new_region_alone(
    workers: Pair, two_experts: tuple[Expert, Expert], sign_in: SignIn
) -> None:
    """Even where the session went on: the place is read with each request."""
    clerk = people.staff(at=people.department(CHEMICALS, KUNMING))
    browser = sign_in(clerk)
    pages = [f"/expert/show/{expert.id}" for expert in two_experts]
    assert names_at(workers, browser) == [{"张昆明"}] * 4
    assert [statuses(workers, browser, page) for page in pages] == [[200, 200], [404, 404]]
    clerk.department = people.department(CHEMICALS, QUJING)
    db.session.commit()
    assert names_at(workers, browser) == [{"李曲靖"}] * 4
    assert [statuses(workers, browser, page) for page in pages] == [[404, 404], [200, 200]]


def test_an_expert_who_moved_is_seen_where_the_expert_lives(
    workers: Pair, two_experts: tuple[Expert, Expert], sign_in: SignIn
) -> None:
    here, there = (sign_in(people.staff(at=people.department(CHEMICALS, place))) for place in (KUNMING, QUJING))
    page = f"/expert/show/{two_experts[0].id}"
    assert (names_at(workers, here), names_at(workers, there)) == ([{"张昆明"}] * 4, [{"李曲靖"}] * 4)
    two_experts[0].region_code = QILIN
    db.session.commit()
    assert (names_at(workers, here), names_at(workers, there)) == ([set()] * 4, [{"张昆明", "李曲靖"}] * 4)
    assert (statuses(workers, here, page), statuses(workers, there, page)) == ([404, 404], [200, 200])


def test_an_expert_who_applied_is_seen_by_whom_it_concerns(
    workers: Pair, two_experts: tuple[Expert, Expert], sign_in: SignIn
) -> None:
    there = sign_in(people.staff(at=people.department(CHEMICALS, QUJING)))
    assert names_at(workers, there) == [{"李曲靖"}] * 4
    cases.pending_case(two_experts[0], people.department(CHEMICALS, QUJING))
    assert names_at(workers, there) == [{"张昆明", "李曲靖"}] * 4


def test_an_organization_of_another_region_has_other_experts(
    workers: Pair, two_experts: tuple[Expert, Expert], sign_in: SignIn
) -> None:
    at = people.county_department(WUHUA)
    clerk = sign_in(people.staff(at=at))
    assert names_at(workers, clerk) == [{"张昆明"}] * 4
    db.session.get_one(Organization, at.organization_id).region_code = QILIN
    db.session.commit()
    assert names_at(workers, clerk) == [{"李曲靖"}] * 4


def test_a_delegation_that_ended_gives_nothing_at_the_other_worker(workers: Pair, sign_in: SignIn) -> None:
    head, colleague, case = people.staff(REVIEWER), people.staff(), cases.pending_case()
    browser, own, url = sign_in(colleague), sign_in(head), f"/review/show/{case.id}"
    given = lend(head, colleague)
    assert all("提交审核结果" in worker.get(browser, url).text for worker in workers)
    ended = workers[0].submit(own, f"/delegation/end/{given.id}", {"reason": "提前返岗"})
    assert ended.status_code == 302
    assert not any("提交审核结果" in worker.get(browser, url).text for worker in reversed(workers))
    refused = workers[1].submit(browser, f"/review/decide/{case.id}", {"outcome": "reject", "reason": "不"})
    assert refused.status_code == 403
    db.session.rollback()
    db.session.refresh(given)
    assert given.ended_at is not None


def test_two_filters_at_once_never_mix(workers: Pair, two_experts: tuple[Expert, Expert], sign_in: SignIn) -> None:
    """Threads of one process and two processes: each reply holds what was asked for, by whoever may see it."""
    province, kunming = sign_in(people.staff()), sign_in(people.staff(at=people.department(CHEMICALS, KUNMING)))
    asked = [
        (province, "", {"张昆明", "李曲靖"}),
        (province, "&region=530102", {"张昆明"}),
        (province, "&region=530302", {"李曲靖"}),
        (kunming, "", {"张昆明"}),
        (kunming, "&region=530302", set()),
    ]
    jobs = [(worker, *one) for one in asked for worker in workers] * 3
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda job: shown(job[0].get(job[1], EXPERTS + job[2])), jobs)
    assert list(answers) == [job[3] for job in jobs]
