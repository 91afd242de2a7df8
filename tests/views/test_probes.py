"""/healthz, /readyz and /metrics: what they tell, to whom, and that they answer whatever is away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.adapters.storage import MemoryStorage
from app.extensions import db, limiter
from app.models import AuditEntry, LoginSession, SmsMessage
from app.services import background, health, jobs
from app.views.probes import ADDRESSES
from config import load
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock

ALL = {"database", "schema", "worker", "queues", "storage", "disk"}
TOKEN = "a-token-of-some-length"
SeeParts = Callable[[], tuple[int, dict[str, bool]]]


@pytest.fixture(autouse=True)
def anew(app: Flask) -> None:
    """Nothing is known from another test."""
    for kept in ("health", "figures"):
        app.extensions.pop(kept, None)


@pytest.fixture
def worked(app: Flask) -> None:
    """A worker has just been at it."""
    jobs.enrol(background.ALL)
    jobs.look(background.PROMPT)


@pytest.fixture
def see(app: Flask, visitor: Browser) -> SeeParts:
    """What /readyz says now."""

    def ask() -> tuple[int, dict[str, bool]]:
        app.extensions.pop("health", None)
        answer = visitor.get("/readyz")
        assert answer.json is not None
        assert answer.json["ready"] is (answer.status_code == 200)
        return answer.status_code, answer.json["parts"]

    return ask


def test_an_installation_that_works_is_ready(see: SeeParts, worked: None) -> None:
    assert see() == (200, dict.fromkeys(ALL, True))


def test_a_worker_that_is_silent_and_a_message_that_waits_are_told(see: SeeParts, worked: None, clock: Clock) -> None:
    db.session.add(SmsMessage(key="k", mobile="13900000001", purpose="登录验证", text="验证码"))
    db.session.commit()
    assert see()[0] == 200
    clock.forward(minutes=3)
    assert see() == (503, dict.fromkeys(ALL, True) | {"worker": False})
    clock.forward(minutes=15)
    assert see() == (503, dict.fromkeys(ALL, True) | {"worker": False, "queues": False})


def test_a_schema_of_another_version_is_not_ready(see: SeeParts, worked: None) -> None:
    table = "alembic_version"
    (head,) = db.session.execute(db.text(f"SELECT version_num FROM {table}")).scalars()
    db.session.execute(db.text(f"UPDATE {table} SET version_num = 'older'"))
    db.session.commit()
    try:
        assert see() == (503, dict.fromkeys(ALL, True) | {"schema": False})
    finally:
        db.session.execute(db.text(f"UPDATE {table} SET version_num = :head"), {"head": head})
        db.session.commit()


@pytest.mark.one_database
def test_a_storage_that_takes_nothing_and_a_disk_that_is_full(
    app: Flask, see: SeeParts, worked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Any, data: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MemoryStorage, "put", full)
    monkeypatch.setitem(app.config, "DISK_FREE_MB", 10**9)
    assert see() == (503, dict.fromkeys(ALL, True) | {"storage": False, "disk": False})


@pytest.mark.one_database
@pytest.mark.parametrize("answers", [True, False])
def test_redis_is_asked_where_it_counts(
    app: Flask, see: SeeParts, worked: None, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", "redis://127.0.0.1:6379/0")
    monkeypatch.setattr(type(limiter.storage), "check", lambda self: answers)
    assert see()[1]["limits"] is answers


@pytest.mark.one_database
def test_who_asks_again_costs_nothing(app: Flask, visitor: Browser, worked: None, monkeypatch: Any) -> None:
    asked: list[int] = []
    monkeypatch.setattr(health, "_ask", lambda: asked.append(1) or [health.Part("disk", "磁盘空间")])
    assert [visitor.get("/readyz").status_code for _ in range(50)] == [200] * 50
    assert asked == [1]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.one_database
@pytest.mark.parametrize("away", ["gone", "silent", "no folder"])
def test_with_the_database_away_the_answer_is_503_and_comes_in_time(tmp_path: Path, silent: int, away: str) -> None:
    url = {
        "gone": "postgresql://postgres@127.0.0.1:1/none",
        "silent": f"postgresql://postgres@127.0.0.1:{silent}/none",
        "no folder": f"sqlite:///{tmp_path}/no/such/folder.db",
    }[away]
    client = create_app(load({"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": url})).test_client()
    began = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - began < health.WITHIN + 2
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "parts": {"database": False, "storage": True, "disk": True}}
    assert client.get("/healthz").status_code == 200
    if away == "gone":
        counted = client.get("/metrics")
        assert counted.status_code == 200
        assert 'registry_part_works{part="database"} 0.0' in counted.text
        assert "registry_cases" not in counted.text


@pytest.mark.one_database
def test_probes_need_no_trusted_host_and_leave_nothing_behind(
    app: Flask, visitor: Browser, worked: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["zj.example.gov.cn"])
    before = [db.session.query(table).count() for table in (AuditEntry, LoginSession)]
    caplog.set_level("INFO", "app.access")
    for address in ADDRESSES:
        answer = visitor.get(address, headers={"Host": "127.0.0.1:8000"})
        assert answer.status_code == 200, address
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert visitor.post(address).status_code == 405
    assert visitor.get("/login/", headers={"Host": "127.0.0.1:8000"}).status_code == 400
    assert [record.getMessage()[:6] for record in caplog.records if record.name == "app.access"] == ["GET (n"]
    assert [db.session.query(table).count() for table in (AuditEntry, LoginSession)] == before


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("proxies", "token", "address", "headers", "sees"),
    [
        (0, "", "127.0.0.1", {}, True),
        (0, "", "::1", {}, True),
        (0, "", "", {}, False),  # a socket of the file system: a proxy's
        (0, "", "10.0.0.9", {}, False),
        (0, "", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False),
        (0, "", "127.0.0.1", {"X-Real-IP": "10.0.0.9"}, False),
        (1, "", "127.0.0.1", {}, False),
        (1, TOKEN, "10.0.0.9", {"Authorization": f"Bearer {TOKEN}"}, True),
        (1, TOKEN, "10.0.0.9", {"Authorization": TOKEN}, False),
        (1, TOKEN, "10.0.0.9", {"Authorization": f"Bearer {TOKEN}x"}, False),
        (1, TOKEN, "10.0.0.9", {"Authorization": "Bearer "}, False),
        (1, TOKEN, "10.0.0.9", {"Authorization": "Basic YTpi"}, False),
        (1, "", "10.0.0.9", {"Authorization": "Bearer "}, False),
        (0, TOKEN, "127.0.0.1", {"Authorization": "Bearer wrong"}, False),
    ],
)  # fmt: skip
def test_metrics_and_details_are_for_the_token_and_for_the_machine_itself(
    app: Flask, visitor: Browser, worked: None, monkeypatch: pytest.MonkeyPatch,
    proxies: int, token: str, address: str, headers: dict[str, str], sees: bool,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "PROXIES", proxies)
    monkeypatch.setitem(app.config, "METRICS_TOKEN", token)
    asked: dict[str, Any] = {"headers": headers, "environ_base": {"REMOTE_ADDR": address}}
    ready, counted, nowhere = (visitor.get(url, **asked) for url in ("/readyz", "/metrics", "/no-such-address"))
    assert counted.status_code == (200 if sees else 404)
    assert set(ready.json or ()) == ({"ready", "parts"} if sees else {"ready"})
    if not sees:
        assert counted.mimetype == nowhere.mimetype
        assert "registry_" not in counted.text


@pytest.mark.one_database
def test_nobody_is_in_the_metrics(app: Flask, visitor: Browser, sign_in: Callable[..., Browser], worked: None) -> None:
    expert = people.expert(name="段誉")
    browser = sign_in(people.staff(name="木婉清"))
    browser.get(f"/expert/show/{expert.id}?q={expert.mobile}")
    visitor.get(f"/no-such/{expert.id_number}")
    text = visitor.get("/metrics").text
    assert 'rule="/expert/show/<pk>"' in text
    marks = ("段誉", "木婉清", expert.mobile, expert.id_number, "no-such", "127.0.0.1", f"/expert/show/{expert.id}")
    assert [mark for mark in marks if mark in text] == []
