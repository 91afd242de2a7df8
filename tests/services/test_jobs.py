"""The worker's jobs: each in its time, by one worker, failing alone; a missed day made up for once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Conflict
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AuditEntry, AuditSeal, BackgroundJob, SmsMessage, SmsStatus
from app.services import attachments, audit, audit_seals, background, closing, jobs, messages
from app.services.jobs import BACK_OFF, DAY, EACH_LOOK, LEASE, NOTED, Job
from tests.support.clock import Clock
from tests.support.races import at_once

NOON = date(2026, 11, 24)


@dataclass
class Tally:
    """A job's act that counts its runs; or fails."""

    runs: int = 0
    fault: Exception | None = None
    found: list[int] = field(default_factory=list)

    def __call__(self) -> int:
        self.runs += 1
        if self.fault is not None:
            raise self.fault
        return self.found.pop() if self.found else 0


@pytest.fixture
def act() -> Tally:
    return Tally()


@pytest.fixture
def make(app: Flask, clock: Clock, act: Tally) -> Callable[..., Job]:
    """Makes a job and enters it, at noon of a day."""
    clock.on(NOON)

    def made(every: timedelta = DAY, **options: bool) -> Job:
        job = Job("tested", "试", "做了 {} 件", act, every, **options)
        jobs.enrol([job])
        return job

    return made


def state() -> BackgroundJob:
    db.session.rollback()
    return db.session.scalars(select(BackgroundJob)).one()


def test_a_daily_job_is_done_once_a_day_at_its_hour(make: Callable[..., Job], act: Tally, clock: Clock) -> None:
    daily = make()
    for day, hour, runs in ((24, 23, 0), (25, 2, 0), (25, 3, 1), (25, 4, 1), (26, 2, 1), (26, 3, 2)):
        clock.on(date(2026, 11, day), hour)
        jobs.look([daily])
        assert act.runs == runs, (day, hour)


def test_a_day_that_was_missed_is_made_up_for_once(make: Callable[..., Job], act: Tally, clock: Clock) -> None:
    daily = make()
    clock.on(date(2026, 11, 29), 15)
    for _ in range(3):
        jobs.look([daily])
    assert act.runs == 1
    clock.on(date(2026, 11, 30), 3)
    jobs.look([daily])
    assert act.runs == 2


def test_what_tells_people_something_waits_for_the_day(make: Callable[..., Job], act: Tally, clock: Clock) -> None:
    by_day = make(by_day=True)
    for day, hour, runs in ((25, 8, 0), (25, 9, 1), (28, 22, 1), (29, 2, 1), (29, 9, 2)):
        clock.on(date(2026, 11, day), hour)
        jobs.look([by_day])
        assert act.runs == runs, (day, hour)


def test_a_job_in_between_is_done_each_time_its_while_has_passed(
    make: Callable[..., Job], act: Tally, clock: Clock
) -> None:
    often = make(timedelta(seconds=15))
    for seconds, runs in ((0, 1), (14, 1), (1, 2), (60, 3), (0, 3)):
        clock.forward(seconds=seconds)
        jobs.look([often])
        assert act.runs == runs


def test_a_job_of_each_look_is_noted_now_and_then(make: Callable[..., Job], act: Tally, clock: Clock) -> None:
    each = make(EACH_LOOK)
    assert jobs.look([each]) is False
    first = clock.now()
    assert (act.runs, state().ended_at, jobs.last_sign()) == (1, first, first)
    clock.forward(seconds=1)
    jobs.look([each])
    assert (act.runs, state().ended_at) == (2, first)
    act.found = [7]
    assert jobs.look([each]) is True
    assert (state().ended_at, state().result) == (clock.now(), 7)
    clock.forward(seconds=NOTED.total_seconds() + 1)
    jobs.look([each])
    assert (state().ended_at, state().result) == (clock.now(), 0)


def test_a_job_that_fails_is_tried_again_later_and_later_while_others_go_on(
    make: Callable[..., Job], act: Tally, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    daily, other = make(), Tally()
    second = Job("other", "另一项", "{} 件", other, EACH_LOOK)
    jobs.enrol([daily, second])
    clock.on(date(2026, 11, 25), 3)
    act.fault, waits = OSError("13800001111"), []
    for _ in range(6):
        jobs.look([daily, second])
        waits.append(state_of("tested").due_at - clock.now())
        clock.at(state_of("tested").due_at)
    assert tuple(waits) == (*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1])
    assert other.runs == 6
    failed = state_of("tested")
    assert (failed.failures, failed.error, failed.done_at) == (6, "OSError", None)
    act.fault = None
    jobs.look([daily])
    done = state_of("tested")
    assert (done.failures, done.error, done.due_at) == (0, None, daily.next_after(clock.now()))


def state_of(key: str) -> BackgroundJob:
    db.session.rollback()
    return db.session.get_one(BackgroundJob, key)


@pytest.mark.one_database
def test_what_somebody_waits_for_is_tried_again_within_a_minute(
    make: Callable[..., Job], act: Tally, clock: Clock
) -> None:
    each = make(EACH_LOOK)
    act.fault = OSError()
    for _ in range(5):
        jobs.look([each])
        assert state().due_at - clock.now() <= timedelta(minutes=1)
        clock.at(state().due_at)


@pytest.mark.one_database
def test_a_refusal_is_shown_in_its_own_words(make: Callable[..., Job], act: Tally) -> None:
    act.fault = Conflict("封条与链头文件不符，13800001111。")
    jobs.look([make(EACH_LOOK)])
    assert state().error == "封条与链头文件不符，138****1111。"


def test_a_worker_that_died_lets_its_job_go_after_the_lease(make: Callable[..., Job], act: Tally, clock: Clock) -> None:
    often = make(timedelta(seconds=15))
    assert jobs._claim(often)
    (line,) = jobs.standing([often])
    assert line.is_running
    clock.forward(seconds=LEASE.total_seconds() - 1)
    jobs.look([often])
    assert act.runs == 0
    clock.forward(seconds=1)
    jobs.look([often])
    assert act.runs == 1


def test_two_workers_at_once_do_a_job_once(make: Callable[..., Job], app: Flask, act: Tally) -> None:
    often = make(timedelta(seconds=15))
    assert sorted(at_once(app, [lambda: jobs._claim(often)] * 4)) == [False, False, False, True]
    at_once(app, [lambda: jobs.enrol(background.ALL)] * 3)
    assert db.session.scalar(select(func.count()).select_from(BackgroundJob)) == 1 + len(background.ALL)


def test_a_job_that_nobody_entered_is_not_done(app: Flask, act: Tally) -> None:
    assert jobs.look([Job("unknown", "试", "{}", act)]) is False
    assert act.runs == 0
    assert jobs.last_sign() is None


@pytest.mark.one_database
def test_every_job_of_the_table_runs_and_finds_nothing_the_second_time(app: Flask, clock: Clock) -> None:
    assert len({job.key for job in background.ALL}) == len(background.ALL)
    jobs.enrol(background.ALL)
    for day in (1, 2):
        clock.on(today_in_shanghai() + timedelta(days=day))
        jobs.look(background.ALL)
        lines = jobs.standing(background.ALL)
        assert [line.state.failures for line in lines if line.state] == [0] * len(lines)
        assert all(line.words and not line.is_late for line in lines)
    assert all(line.state is not None and line.state.result == 0 for line in lines)
    clock.forward(days=1)
    assert all(line.is_late for line in jobs.standing(background.ALL))


@pytest.mark.one_database
def test_the_patient_jobs_are_what_must_be_erased_and_swept(app: Flask) -> None:
    acts = [job.act for job in background.PATIENT]
    for act in (closing.erase_due, closing.erase_old_messages, attachments.sweep):
        assert act in acts


@pytest.mark.one_database
def test_the_log_is_sealed_each_minute_and_sooner_where_a_batch_is_full(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entry() -> None:
        audit.add("登录", "账号#1", name="张三")
        db.session.commit()
        jobs.look(background.PROMPT)

    jobs.enrol(background.ALL)
    seals = []
    for seconds in (0, 20, 20, 21):
        clock.forward(seconds=seconds)
        entry()
        seals.append(db.session.scalar(select(func.count()).select_from(AuditSeal)))
    assert seals == [1, 1, 1, 2]
    monkeypatch.setattr(audit_seals, "BATCH", 1)
    clock.forward(seconds=16)
    entry()
    assert db.session.scalar(select(func.max(AuditSeal.last_id))) == db.session.scalar(select(func.max(AuditEntry.id)))


@pytest.mark.one_database
def test_messages_go_out_whatever_ails_the_log(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise Conflict("操作日志的封条与链头文件 audit_head 不符。")

    monkeypatch.setattr(audit_seals, "seal", fails)
    db.session.add(SmsMessage(key="k", mobile="13900000001", purpose="聘书生成", text="试"))
    db.session.commit()
    jobs.enrol(background.ALL)
    jobs.look(background.PROMPT)
    assert db.session.scalars(select(SmsMessage.status)).all() == [SmsStatus.SENT]
    assert "audit_head" in (state_of("seal").error or "")
    assert messages.deliver() == 0
