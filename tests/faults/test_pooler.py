"""Behind a real PgBouncer in transaction mode: log-in, lists and filings work, and nothing is left on its connections."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from socket import create_connection

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.database import Trouble, trouble
from app.domain.errors import Invalid
from app.extensions import db
from app.models import Certificate
from app.services import filings, unit_of_work
from app.services.backups import making, restoring
from tests.conftest import fresh_ports
from tests.support import cases, people
from tests.support.backups import quiet
from tests.support.browser import Browser
from tests.support.databases import KINDS, POSTGRESQL, Registry
from tests.support.entry import log_in
from tests.support.parts import left_out
from tests.support.ports import free_port

pytestmark = pytest.mark.parametrize("registry", [kind for kind in KINDS if kind == POSTGRESQL], indirect=True)
SERVERS = 2
"""Connections of PgBouncer's to the server: fewer than there are askers, so that they are lent from one to another."""


@pytest.fixture
def pooled_url(registry: Registry) -> Iterator[str]:
    """The registry's database through a PgBouncer of the test's own."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        left_out("PgBouncer is not there (apt-get install pgbouncer)")
    url, port = make_url(registry.app.config["SQLALCHEMY_DATABASE_URI"]), free_port()
    folder = Path(tempfile.mkdtemp(prefix="registry-pooler-"))
    settings = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any",
        "pool_mode": "transaction", "default_pool_size": SERVERS, "logfile": folder / "log", "max_client_conn": 50,
        "server_round_robin": 1,
    }  # fmt: skip
    server = f"host={url.host} port={url.port or 5432} dbname={url.database} user={url.username}"
    if url.password:
        server += f" password={url.password}"
    lines = ["[databases]", f"{url.database} = {server}", "[pgbouncer]", *(f"{k} = {v}" for k, v in settings.items())]
    (folder / "ini").write_text("\n".join(lines) + "\n")
    # It refuses to be root's.
    command = [program, "-q", str(folder / "ini")]
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    running = subprocess.Popen(command)
    try:
        for _ in range(100):
            with suppress(OSError), closing(create_connection(("127.0.0.1", port), 1)):
                break
            time.sleep(0.05)
        yield f"postgresql://{url.username}@127.0.0.1:{port}/{url.database}"
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(folder)


@pytest.fixture
def pooled(
    app: Flask, pooled_url: str, make_app: Callable[[str], Flask], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A second application, which reaches the same database through PgBouncer."""
    monkeypatch.setenv("DATABASE_POOLER", "transaction")
    monkeypatch.setenv("DATABASE_STATEMENT_SECONDS", "1")
    made = make_app(pooled_url)
    made.extensions |= {"ports": fresh_ports(), "key_ring": app.extensions["key_ring"]}
    made.test_client_class = Browser
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def left_on_connections(url: str) -> list[object]:
    """What a session would keep, as seen by the next borrower of each of PgBouncer's connections."""
    asked = """SELECT current_setting('statement_timeout'), (SELECT count(*) FROM pg_prepared_statements),
        (SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND pg_table_is_visible(oid)),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"""
    found = []
    for _ in range(2 * SERVERS):
        with psycopg.connect(url, prepare_threshold=None) as connection:
            found.append(connection.execute(asked).fetchone())
    return found


def test_people_log_in_read_and_file(app: Flask, pooled: Flask, pooled_url: str) -> None:
    numbered = [cases.approved_case() for _ in range(4)]
    filer = cases.filer_of(numbered[0])
    ids, username, actor = [case.id for case in numbered], filer.username, people.actor(filer)
    versions = [db.session.scalar(select(type(case).version).where(type(case).id == case.id)) for case in numbered]
    db.session.remove()
    browser = pooled.test_client()
    assert isinstance(browser, Browser)
    assert log_in(browser, username, people.PASSWORD).status_code == 302
    for path in ("/filing/list/", "/application/list/", "/account/"):
        assert browser.get(path).status_code == 200, path
    answer = browser.submit(f"/filing/action/file/{ids[0]}", {"version": str(versions[0])})
    assert answer.status_code == 302

    def file(case_id: int, version: int) -> str:
        with pooled.app_context():
            return filings.file(case_id, actor, version).number

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(file, ids[1:], versions[1:]))
    db.session.rollback()
    numbers = sorted(db.session.scalars(select(Certificate.number)))
    assert [number[-3:] for number in numbers] == ["001", "002", "003", "004"]
    assert left_on_connections(pooled_url) == [("0", 0, 0, 0)] * 2 * SERVERS


def test_nothing_is_restored_through_it(
    app: Flask, pooled: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends transactions where it likes, and hides who else is there."""
    monkeypatch.setitem(app.config, "BACKUP_PATH", str(tmp_path))
    pooled.config |= {name: app.config[name] for name in ("BACKUP_KEY", "AUDIT_KEY")}
    made = making.make(quiet)
    db.session.remove()
    with pooled.app_context(), pytest.raises(Invalid, match="DATABASE_URL 指向 PgBouncer，没有恢复"):
        restoring.plan(made.path, quiet)


def test_the_limits_of_time_hold(app: Flask, pooled: Flask) -> None:
    with pooled.app_context():
        with pytest.raises(OperationalError) as stopped:
            db.session.execute(text("SELECT pg_sleep(3)"))
        assert trouble(stopped.value) is Trouble.TOO_LONG
        db.session.rollback()
        assert db.session.scalar(text("SHOW statement_timeout")) == "1s"


def test_one_at_a_time_holds_between_two_who_borrow(app: Flask, pooled: Flask) -> None:
    """The lock is of the transaction: it goes with it, whichever connection was lent."""
    order: list[str] = []

    def take(name: str) -> None:
        with pooled.app_context():
            unit_of_work.begin_write()
            unit_of_work.one_at_a_time("a count")
            order.append(f"{name} in")
            db.session.execute(text("SELECT pg_sleep(0.1)"))
            order.append(f"{name} out")
            db.session.rollback()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, ("one", "two")))
    assert [step.split()[1] for step in order] == ["in", "out", "in", "out"]
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert db.session.scalar(text(held)) == 0
