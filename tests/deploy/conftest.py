"""A department's own server, started once: nginx, gunicorn in production, PostgreSQL, Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator

import flask_migrate
import pytest
import redis

from app import create_app
from app.extensions import db
from app.policies.roles import STAFF
from app.services import passwords, reference, staff
from config import load
from tests.deploy.entry import PASSWORD, USER
from tests.support import databases, own_server
from tests.support.own_server import Site


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server, with one account. Its workers are replaced after few requests, so that it happens."""
    folder = tmp_path_factory.mktemp("own")
    database, drop = databases.create(databases.POSTGRESQL, folder, f"registry_server_{os.getpid()}")
    try:
        settings = own_server.environment(database, folder / "instance")
        redis.from_url(settings["RATELIMIT_STORAGE_URI"]).flushdb()
        app = create_app(load(settings))
        with app.app_context():
            flask_migrate.upgrade()
            reference.seed()
            department = staff.departments_named("云南省应急管理厅科技和信息化处")[0]
            hashed = passwords.hashed(PASSWORD, USER, "查看", staff=True)
            new = staff.NewStaff(USER, "查看", department.id, (STAFF,), hashed)
            staff.open_account(new, must_change=False, by="测试")
            db.session.remove()
            db.engine.dispose()
        with own_server.running(folder, database, options="--max-requests 150 --max-requests-jitter 50") as site:
            yield site
    finally:
        drop()
