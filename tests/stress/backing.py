"""``kill -9`` of a backup and of a restore: no half archive counts, the database is the one or the other, again works."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import text

from app.extensions import db
from app.models import AttachmentKind
from app.services import audit, audit_seals
from app.services.backups import making, restoring
from app.services.backups.making import Made
from tests.stress.processes import FORK, killed_at, let_go, require
from tests.support import backups, cases, people

APART, A_STEP = 5, 30
"""A deed is killed at every fifth step; where time is short, at one that each of them has."""
GONE_SECONDS = 30.0
OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def run(app: Flask, rounds: int) -> dict[str, Any]:
    """``rounds`` moments of each deed, and every fifth step; 0: one of each. Raises ``WentWrong`` for anything half done."""
    began = time.monotonic()
    with app.app_context():
        cases.filed_certificate(cases.approved_case())
        audit.add("登录", "账号#1", name="张三")
        db.session.commit()
        audit_seals.seal()
        one, seconds = _timed(_make)
        states = {one.path: _state()}
        people.attach(people.expert(), AttachmentKind.OTHER, "证明.pdf", b"%PDF-1.4 two", "application/pdf")
        db.session.commit()
        kills = {"backup": 0, "restore": 0}
        for killed in _again_and_again(app, _make, seconds, rounds):
            kills["backup"] += killed
            for path in _shelf().glob("*.backup"):
                making.check(path, backups.quiet)
        other = _make()
        require(not (_shelf() / ".unfinished").exists(), "what was not finished is still there")
        states[other.path] = _state()

        turns = [one.path, other.path]
        _, seconds = _timed(lambda: _restore(turns[0]))
        for killed in _again_and_again(app, lambda: _restore(turns[1]), seconds, rounds):
            kills["restore"] += killed
            found, wanted = _state(), states[turns[1]]
            require(found in states.values(), "neither the one nor the other")
            require(killed or (found == wanted and not restoring.unfinished()), "done, and not done")
            _restore(turns[1])
            require(_state() == wanted and not restoring.unfinished(), "not restored")
            turns.reverse()
        let_go()
    return {**{f"kills_{name}": many for name, many in kills.items()}, "seconds": round(time.monotonic() - began, 2)}


def _again_and_again(app: Flask, deed: Callable[[], Any], seconds: float, rounds: int) -> Iterator[bool]:
    """The deed, which takes so many seconds, killed at one moment and step after the other: whether it was."""
    moments = rounds or 1
    for number in range(1, moments + 1):
        yield _settled(_killed_after(app, deed, seconds * number / (moments + 1)))
    for step in count(APART, APART) if rounds else (A_STEP,):
        yield (killed := _settled(killed_at(app, deed, step)))
        if not killed:
            return


def _killed_after(app: Flask, deed: Callable[[], Any], seconds: float) -> bool:
    """Whether it was killed before it was done."""
    let_go()

    def doomed() -> None:
        with app.app_context():
            deed()

    child = FORK.Process(target=doomed)
    child.start()
    child.join(seconds)
    if child.exitcode is None and child.pid is not None:
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    require(child.exitcode in (0, -signal.SIGKILL), f"exit {child.exitcode}")
    return child.exitcode != 0


def _settled(killed: bool) -> bool:
    """``killed``, when the server has noticed it too, and programs that the dead one had started have ended."""
    if db.engine.dialect.name == "postgresql":
        until = time.monotonic() + GONE_SECONDS
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.scalar(text(OTHERS)):
                require(time.monotonic() < until, "somebody goes on")
    return killed


def _make() -> Made:
    return making.make(backups.quiet)


def _restore(path: Path) -> None:
    restoring.restore(restoring.plan(path, backups.quiet), "试", backups.quiet)


def _timed(deed: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    given = deed()
    return given, time.monotonic() - began


def _shelf() -> Path:
    return Path(current_app.config["BACKUP_PATH"])


def _state() -> backups.Everything:
    """All that is there but 操作日志, in which a restore writes."""
    found = backups.everything()
    del found["audit_entry"]
    db.engine.dispose()
    return found
