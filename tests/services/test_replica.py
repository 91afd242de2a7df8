"""A replica of a real primary, held back, stopped and started again: who is shown what from where, and nobody an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import event, select, text

from app import database
from app.extensions import db, limiter
from app.models import Account, Expert
from app.services import deploy_check, reference, replica
from app.services.unit_of_work import READING, begin_write
from app.views.replica import WROTE_COOKIE
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clusters import Cluster, following, primary

pytestmark = pytest.mark.one_database
LAG = 2
EXPERTS = "/expert/list/?all=1"


@pytest.fixture(scope="module")
def leader() -> Iterator[Cluster]:
    with primary() as made:
        yield made


@pytest.fixture(scope="module")
def installation(leader: Cluster, make_app: Callable[[str], Flask]) -> Iterator[tuple[Flask, Cluster]]:
    """The product on a seeded primary that has a replica, and the replica."""
    made = make_app(leader.url)
    with made.app_context():
        flask_migrate.upgrade()
        reference.seed()
        db.session.remove()
        db.engine.dispose()
    with following(leader) as follower, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_REPLICA_URL", follower.url)
        patch.setenv("DATABASE_REPLICA_LAG_SECONDS", str(LAG))
        app = make_app(leader.url)
        app.test_client_class = Browser
        with app.app_context():
            yield app, follower
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def app(installation: tuple[Flask, Cluster], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The replica close behind, each page looking how far it is."""
    made, follower = installation
    monkeypatch.setattr(limiter, "enabled", False)
    monkeypatch.setattr(replica, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(replica, "PAUSE_SECONDS", 0.2)
    follower.say("SELECT pg_wal_replay_resume()")
    standby = replica.Standby(db.engines[database.REPLICA], LAG)
    monkeypatch.setitem(made.extensions, "standby", standby)
    caught_up(follower)
    return made


@pytest.fixture
def follower(installation: tuple[Flask, Cluster]) -> Cluster:
    return installation[1]


def caught_up(follower: Cluster) -> None:
    """Waits until the replica has all that is written."""
    db.session.rollback()
    position = db.session.scalar(text("SELECT pg_current_wal_flush_lsn()"))
    db.session.rollback()
    for _ in range(200):
        if follower.say(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"):
            return
        time.sleep(0.02)
    pytest.fail("the replica does not follow")


@pytest.fixture
def asked(app: Flask) -> Iterator[list[str]]:
    """The statements that the replica was asked on pages."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "pg_last_wal_replay_lsn" not in statement:
            seen.append(statement)

    engine = db.engines[database.REPLICA]
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def official(app: Flask, person: Account | None = None) -> Browser:
    """An official's browser, some time after the login."""
    client = app.test_client()
    assert isinstance(client, Browser)
    return client.sign_in(person or people.staff())


def expert(follower: Cluster, name: str, *, held_back: bool = False) -> Expert:
    """A new one: of whom the replica knows, or one that it is kept from."""
    if held_back:
        follower.say("SELECT pg_wal_replay_pause()")
        while follower.say("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)
    made = people.expert(name=name)
    if not held_back:
        caught_up(follower)
    return made


def test_lists_statistics_search_and_details_come_from_the_replica(
    app: Flask, follower: Cluster, asked: list[str]
) -> None:
    made = expert(follower, "钱远")
    client = official(app)
    caught_up(follower)
    for path, shown in (
        (EXPERTS, "钱远"),
        (f"/expert/show/{made.id}", "钱远"),
        ("/search/?q=钱远", "钱远"),
        ("/statistics/?approved=", "按地区"),
        ("/application/list/", "申报记录"),
        ("/certificates/list/", "聘书"),
    ):
        asked.clear()
        answer = client.get(path)
        assert (answer.status_code, shown in answer.text) == (200, True), path
        assert asked, path
        # Who asks, and what they may, is not for the replica to say.
        assert not any("login_session" in statement or "ab_role" in statement for statement in asked), path


def test_what_a_decision_rests_on_comes_from_the_primary(app: Flask, follower: Cluster, asked: list[str]) -> None:
    case = cases.pending_case(expert(follower, "孙远"))
    client = official(app, cases.reviewer_of(case))
    caught_up(follower)
    asked.clear()
    for path in ("/review/list/", f"/review/show/{case.id}", f"/application/show/{case.id}", "/account/"):
        assert client.get(path).status_code == 200, path
    assert asked == []


def test_a_page_may_be_as_old_as_the_lag_and_no_older(
    app: Flask, follower: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    expert(follower, "李早")
    client = official(app)
    caught_up(follower)
    assert "李早" in client.get(EXPERTS).text
    expert(follower, "李晚", held_back=True)
    assert "李晚" not in client.get(EXPERTS).text
    time.sleep(LAG + 0.1)
    late = client.get(EXPERTS).text
    assert "李早" in late
    assert "李晚" in late
    assert caplog.messages[-1] == "the replica lags behind: reading from the primary"
    assert "没有应答、落后太多" in "".join(deploy_check._replica())
    follower.say("SELECT pg_wal_replay_resume()")
    caught_up(follower)
    assert "李晚" in client.get(EXPERTS).text
    assert caplog.messages[-1] == "the replica serves"
    assert list(deploy_check._replica()) == []


def test_whoever_has_written_sees_it_at_once(app: Flask, follower: Cluster, asked: list[str]) -> None:
    expert(follower, "周早")
    client, other = official(app), official(app)
    caught_up(follower)
    assert "周早" in client.get(EXPERTS).text
    expert(follower, "周晚", held_back=True)
    assert "周晚" not in client.get(EXPERTS).text
    written = client.submit("/feedback/", {"question": "怎么续聘？"})
    (cookie,) = [one for one in written.headers.getlist("Set-Cookie") if one.startswith(f"{WROTE_COOKIE}=1;")]
    assert f"Max-Age={LAG + 2};" in cookie
    assert "HttpOnly" in cookie
    asked.clear()
    assert "周晚" in client.get(EXPERTS).text
    assert asked == []
    assert "周晚" not in other.get(EXPERTS).text
    # A browser forgets it by itself.
    client.delete_cookie(WROTE_COOKIE)
    assert "周晚" not in client.get(EXPERTS).text


def test_a_right_that_was_taken_away_is_gone_at_the_next_request(app: Flask, follower: Cluster) -> None:
    made = expert(follower, "吴早")
    narrowed, disabled = people.staff(), people.staff()
    first, second = official(app, narrowed), official(app, disabled)
    caught_up(follower)
    assert all("吴早" in client.get(EXPERTS).text for client in (first, second))
    expert(follower, "吴晚", held_back=True)
    narrowed.department = people.county_department("530325")
    disabled.active = False
    db.session.commit()
    page = first.get(EXPERTS)
    assert page.status_code == 200
    assert "吴早" not in page.text
    assert first.get(f"/expert/show/{made.id}").status_code == 404
    assert second.get(EXPERTS).status_code == 302


def test_what_the_replica_does_not_know_yet_is_looked_for_on_the_primary(app: Flask, follower: Cluster) -> None:
    client = official(app)
    caught_up(follower)
    assert "郑晚" not in client.get(EXPERTS).text
    made = expert(follower, "郑晚", held_back=True)
    assert "郑晚" not in client.get(EXPERTS).text
    answer = client.get(f"/expert/show/{made.id}")
    assert (answer.status_code, "郑晚" in answer.text) == (200, True)
    assert client.get("/expert/show/999999").status_code == 404


def test_what_is_read_after_a_write_comes_from_the_primary(app: Flask, follower: Cluster, asked: list[str]) -> None:
    def found() -> list[int]:
        return list(db.session.scalars(select(Expert.id)))

    def writing() -> list[int]:
        first = found()
        begin_write()
        assert READING not in db.session.info
        return [*first, *found()]

    caught_up(follower)
    replica.read(writing)
    assert len(asked) == 1
    db.session.rollback()


def test_a_replica_that_dies_costs_nobody_an_error_and_serves_again(
    app: Flask, follower: Cluster, asked: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    expert(follower, "王早")
    client = official(app)
    caught_up(follower)
    assert "王早" in client.get(EXPERTS).text
    # The last look was good: it is found out in the middle of a page.
    monkeypatch.setattr(replica, "LOOK_SECONDS", 60.0)
    follower.stop()
    try:
        answer = client.get(EXPERTS)
        assert (answer.status_code, "王早" in answer.text) == (200, True)
        assert caplog.messages[-1].startswith("the replica does not serve (")
        told = len(caplog.messages)
        # Left alone for a while, then found dead by a look: still nobody is told of it, nor the log twice.
        asked.clear()
        assert client.get(EXPERTS).status_code == 200
        time.sleep(0.25)
        monkeypatch.setattr(replica, "LOOK_SECONDS", 0.0)
        assert "王早" in client.get(EXPERTS).text
        assert asked == []
        assert len([line for line in caplog.messages[told:] if "replica" in line]) <= 1
    finally:
        follower.start()
    caught_up(follower)
    time.sleep(0.25)
    assert "王早" in client.get(EXPERTS).text
    assert asked
    assert caplog.messages[-1] == "the replica serves"


def test_a_server_that_follows_nobody_is_no_replica(
    app: Flask, leader: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = replica.Standby(db.engine, LAG)
    monkeypatch.setitem(app.extensions, "standby", alone)
    assert not alone.is_close(db.session())
    assert caplog.messages[-1] == "the replica does not serve (it is no replica): reading from the primary"
