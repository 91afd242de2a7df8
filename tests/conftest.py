"""Fixtures for every test that needs the application.

``app`` is the application on a clean, seeded database, its context pushed; a test that asks for it
runs on SQLite and on PostgreSQL. People and cases come from ``tests.support``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.security import generate_password_hash

from app import create_app
from app.adapters.captcha import FakeCaptcha
from app.adapters.scanner import FakeScanner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.adapters.waker import SilentWaker
from app.extensions import db, limiter
from app.models import Account, Expert
from app.services import passwords
from app.services.ports import Ports
from tests.support import databases
from tests.support.browser import Browser
from tests.support.clock import Clock


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--reprint`` writes what was measured into the guide, where a test would compare the two."""
    parser.addoption("--reprint", action="store_true", help="write tables that tests measure into docs/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """``one_database`` tests run on the first database alone, ``other_database`` ones on the last, by default PostgreSQL."""
    alone = {"one_database": databases.KINDS[0], "other_database": databases.KINDS[-1], "one_file": databases.SQLITE}

    def repeated(item: pytest.Item) -> bool:
        kind = item.callspec.params.get("registry") if hasattr(item, "callspec") else None
        return kind is not None and any(
            kind != only and item.get_closest_marker(marker) is not None for marker, only in alone.items()
        )

    dropped = [item for item in items if repeated(item)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says plainly what was left out."""
    if databases.POSTGRESQL not in databases.KINDS and not databases.ASKED:
        terminalreporter.write_line(f"LEFT OUT: {databases.LACKING}; database tests ran on SQLite alone.", yellow=True)


def fresh_ports() -> Ports:
    """Adapters that remember nothing of another test."""
    return Ports(MemoryStorage(), FakeSms(), FakeCaptcha(), FakeScanner(), SilentWaker())


@pytest.fixture(scope="session")
def make_app(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Flask]:
    """Makes an application on a database address."""

    def make(url: str) -> Flask:
        environment = {
            "APP_ENV": "test",
            "SECRET_KEY": "not a secret: for tests",
            "DATABASE_URL": url,
            "INSTANCE_PATH": str(tmp_path_factory.mktemp("instance")),
        }
        with pytest.MonkeyPatch.context() as patch:
            for variable in ("RATELIMIT_STORAGE_URI", "RATELIMIT_ENABLED", "TRUSTED_HOSTS", "STORAGE_PATH"):
                patch.delenv(variable, raising=False)
            for variable, value in environment.items():
                patch.setenv(variable, value)
            return create_app({"TESTING": True}, fresh_ports())

    return make


@pytest.fixture(scope="session")
def empty_database(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str, str], str]]:
    """Makes an empty database of a kind, dropped at the end: ``empty_database("sqlite", "migrations")``."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    made: list[Callable[[], None]] = []

    def make(kind: str, purpose: str) -> str:
        name = f"registry_test_{os.getpid()}_{worker}_{purpose}"
        url, drop = databases.create(kind, tmp_path_factory.mktemp(name), name)
        made.append(drop)
        return url

    yield make
    for drop in made:
        drop()


@pytest.fixture(scope="session")
def registries(
    make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> Iterator[Callable[[str], databases.Registry]]:
    """The application on a seeded database of a kind: built once for the session, however often the kinds take turns."""
    built: dict[str, databases.Registry] = {}

    def of(kind: str) -> databases.Registry:
        if kind not in built:
            made = databases.Registry(make_app(empty_database(kind, "main")), kind)
            made.build()
            built[kind] = made
        return built[kind]

    yield of
    for registry in built.values():
        registry.engine.dispose()


@pytest.fixture(params=databases.KINDS)
def registry(request: pytest.FixtureRequest, registries: Callable[[str], databases.Registry]) -> databases.Registry:
    """The application on each kind of database in turn."""
    return registries(request.param)


@pytest.fixture
def app(registry: databases.Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, its context pushed, without any person or case; rate limits and slow hashes off."""
    monkeypatch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")
    monkeypatch.setattr(passwords, "_NOBODY", generate_password_hash("nobody has this one", "pbkdf2:sha256:1"))
    monkeypatch.setattr(limiter, "enabled", False)
    registry.app.extensions["ports"] = fresh_ports()
    registry.app.test_client_class = Browser
    try:
        with registry.app.app_context():
            yield registry.app
    finally:
        registry.clean()


@pytest.fixture(params=databases.KINDS)
def unbuilt(
    request: pytest.FixtureRequest, make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> Iterator[Flask]:
    """The application on an empty database of its own, its context pushed."""
    made = make_app(empty_database(request.param, "migrations"))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def rate_limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the rate limits on, with nothing counted yet."""
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test sets."""
    return Clock(monkeypatch)


@pytest.fixture
def sms(app: Flask) -> FakeSms:
    """What was handed to the SMS provider."""
    sender = app.extensions["ports"].sms
    assert isinstance(sender, FakeSms)
    return sender


@pytest.fixture
def storage(app: Flask) -> MemoryStorage:
    """Where the files of the test lie."""
    kept = app.extensions["ports"].storage
    assert isinstance(kept, MemoryStorage)
    return kept


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """A browser in which nobody is logged in."""
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Account | Expert], Browser]:
    """``sign_in(person)`` is a browser of its own in which that person is logged in."""

    def signed_in(person: Account | Expert) -> Browser:
        client = app.test_client()
        assert isinstance(client, Browser)
        return client.sign_in(person)

    return signed_in
