"""A clock that is set forward or back: what it ended stays ended, what it put off is taken up, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.extensions import db
from app.models import BackgroundJob
from app.services import jobs
from app.services.jobs import DAY, Job
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock

pytestmark = pytest.mark.one_database


def test_a_session_ends_with_a_clock_set_forward_and_holds_with_one_set_back(
    app: Flask, clock: Clock, sign_in: Callable[..., Browser]
) -> None:
    browser = sign_in(people.staff())
    clock.forward(hours=-3)
    assert browser.get("/account/").status_code == 200
    clock.forward(days=1)
    assert browser.get("/account/").status_code == 302


def test_work_that_a_clock_running_ahead_has_put_off_is_taken_up_when_the_worker_starts(
    app: Flask, clock: Clock
) -> None:
    done: list[str] = []

    def act() -> int:
        done.append("once")
        return 1

    daily, often = Job("daily", "每日", "{}", act), Job("often", "常做", "{}", act, every=DAY / 24)
    clock.forward(days=400)
    jobs.enrol([daily, often])
    clock.forward(days=1)
    assert jobs.look([daily, often])
    assert len(done) == 2
    clock.forward(days=-401)
    assert not jobs.look([daily, often])
    jobs.enrol([daily, often])
    assert jobs.look([daily, often])
    assert len(done) == 4
    # What is put off by no more than its own time stays so.
    jobs.enrol([daily, often])
    assert not jobs.look([daily, often])


def test_a_worker_at_work_keeps_its_job_when_another_starts(app: Flask, clock: Clock) -> None:
    job = Job("daily", "每日", "{}", lambda: 0, every=DAY / 24)
    jobs.enrol([job])
    assert jobs._claim(job)
    due = db.session.get_one(BackgroundJob, "daily").due_at
    jobs.enrol([job])
    assert db.session.get_one(BackgroundJob, "daily", populate_existing=True).due_at == due
