"""``flask worker`` as a process: woken by its queue, working without it, two at once, ending in good order."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from huey.registry import Message
from sqlalchemy import select

from app.adapters.sms import FakeSms, Sms
from app.adapters.wake_queue import PlainWords, queue_at
from app.adapters.waker import ENOUGH, QueueWaker
from app.extensions import db
from app.models import BackgroundJob, SmsMessage, SmsStatus
from app.services import notices, wakeups
from app.worker import RegistryConsumer
from benchmarks import worker as bench
from benchmarks.rotation import database
from tests.support import databases
from tests.support.parts import left_out
from tests.support.ports import free_port

SOON = 2.0
"""Seconds in which a code must be with the provider."""


@contextmanager
def redis(folder: Path, port: int) -> Iterator[None]:
    """A Redis of the test's own."""
    server = shutil.which("redis-server")
    if server is None:
        left_out("redis-server is not installed")
    process = subprocess.Popen(
        [str(server), "--port", str(port), "--save", "", "--bind", "127.0.0.1", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        bench.wait(lambda: QueueWaker(f"redis://127.0.0.1:{port}", folder).answers(), lambda: "no Redis")
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("kind", databases.KINDS)
def test_two_workers_are_woken_by_a_file_and_send_each_message_once(kind: str, tmp_path: Path) -> None:
    with (
        database(kind, tmp_path) as url,
        bench.installation(kind, tmp_path, url, "") as (_, env),
        bench.worker(env) as (_, first),
        bench.worker(env) as (_, second),
    ):
        for outbox in (first, second):
            outbox.log.clear()
        keys = bench.queue_many(60)
        bench.wait(lambda: keys <= first.at.keys() | second.at.keys(), lambda: "messages lost")
        assert sum((first.times + second.times).values()) == 60
        began = time.monotonic()
        bench.codes.send(bench.mobile(7), bench.codes.REGISTER)
        key = bench.newest_key()
        bench.wait(lambda: key in first.at or key in second.at, lambda: "a code lost")
        assert time.monotonic() - began < SOON
    # Both ended with 0 on SIGTERM: bench.worker fails otherwise.
    assert first.log == second.log == []


@pytest.mark.parametrize("kind", databases.KINDS[-1:])
def test_a_redis_that_goes_away_holds_nothing_up(kind: str, tmp_path: Path, port: int) -> None:
    queue = f"redis://127.0.0.1:{port}/9"
    with database(kind, tmp_path) as url, bench.installation(kind, tmp_path, url, queue) as (app, env):
        with bench.worker(env) as (_, outbox):
            with redis(tmp_path, port):
                bench.send_code(1, outbox)
                assert bench.send_code(2, outbox) < SOON
                assert app.extensions["ports"].waker.answers()
            outbox.wait_for_words("the queue does not answer (ConnectionError)")
            assert not app.extensions["ports"].waker.answers()
            assert bench.send_code(3, outbox) < SOON
            with redis(tmp_path, port):
                outbox.wait_for_words("the queue answers again")
                assert bench.send_code(4, outbox) < SOON
        assert sum(outbox.times.values()) == 4
        assert sum("does not answer" in line for line in outbox.log) <= 2
        assert "139000000" not in "".join(outbox.log)


class SlowSms(FakeSms):
    """A provider that takes a message only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_to, self.may_go_on = threading.Event(), threading.Event()

    def send(self, message: Sms) -> str:
        self.asked_to.set()
        assert self.may_go_on.wait(20)
        return super().send(message)


@pytest.mark.one_database
def test_what_is_going_on_is_finished_before_the_worker_ends(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowSms()
    app.extensions["ports"] = replace(app.extensions["ports"], sms=slow)
    for number in range(3):
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    consumer = RegistryConsumer(app)
    monkeypatch.setattr(consumer, "_set_signal_handlers", lambda: None)
    consumer.start()
    assert slow.asked_to.wait(20)
    ending = threading.Thread(target=lambda: consumer.stop(graceful=True))
    ending.start()
    slow.may_go_on.set()
    ending.join(20)
    assert not ending.is_alive()
    states = db.session.execute(select(SmsMessage.status, SmsMessage.tries)).all()
    assert {tuple(state) for state in states} <= {(SmsStatus.SENT, 1), (SmsStatus.QUEUED, 0)}
    assert len(slow.sent) == sum(status is SmsStatus.SENT for status, _ in states) > 0


@pytest.mark.one_database
def test_a_worker_outlives_a_database_that_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = RegistryConsumer(app)
    looks: list[str] = []

    def away(_jobs: object) -> bool:
        looks.append("away")
        raise OSError("no database for 13912345678")

    monkeypatch.setattr("app.worker.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("app.worker.jobs.look", away)
    for _ in range(2):
        consumer.look([])
    assert len(looks) == 2
    monkeypatch.undo()
    monkeypatch.setattr("app.worker.PAUSE_SECONDS", 0.0)
    consumer.look([])
    assert db.session.scalars(select(BackgroundJob.key)).all() != []


class Bell:
    """Counts how often it is rung, and what was committed by then."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1

    def answers(self) -> bool:
        return True


@pytest.fixture
def bell(app: Flask) -> Bell:
    rung = Bell()
    app.extensions["ports"] = replace(app.extensions["ports"], waker=rung)
    return rung


@pytest.mark.one_database
def test_the_worker_is_woken_once_what_it_has_to_do_is_committed(bell: Bell) -> None:
    notices.password_recovered("13912345678", "张三")
    db.session.flush()
    with db.session.begin_nested():
        wakeups.soon()
    assert bell.rung == 0
    db.session.commit()
    assert bell.rung == 1
    db.session.commit()
    assert bell.rung == 1
    notices.password_recovered("13912345678", "张三")
    db.session.rollback()
    assert bell.rung == 1


def test_words_wait_in_the_queue_and_not_by_the_thousand(tmp_path: Path) -> None:
    waker, heard = QueueWaker("", tmp_path), []
    for _ in range(10):
        waker.ring()
    queue = queue_at("", tmp_path, lambda: heard.append(1)).huey
    while (word := queue.dequeue()) is not None:
        queue.execute(word)
    assert len(heard) == ENOUGH


def test_a_queue_that_is_away_is_no_fault_of_who_rings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for waker in (QueueWaker(bench.NOBODY, tmp_path), QueueWaker("", tmp_path / "nowhere")):
        waker.ring()
        assert not waker.answers()
    assert caplog.text.count("the worker was not woken") == 2


def test_nothing_in_the_queue_can_run_code_in_the_worker(tmp_path: Path) -> None:
    words = PlainWords()
    sent = Message("1", "app.adapters.wake_queue.look", args=(), kwargs={})
    assert tuple(words.deserialize(words.serialize(sent)))[:2] == ("1", "app.adapters.wake_queue.look")
    for strange in (pickle.dumps(sent), b"", b"null"):
        with pytest.raises((ValueError, TypeError)):
            words.deserialize(strange)
