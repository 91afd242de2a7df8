"""Keys rotate while people work, and go on where they were stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, func, select, type_coerce

from app.adapters.storage import DiskStorage
from app.cipher import Algorithm, KeyRing
from app.extensions import db
from app.models import Expert, Snapshot
from app.models.encrypted import key_ring
from app.services import key_rotation, profile_history, profiles
from app.services.ports import ports
from tests.support import cases, changes, people

INDEX = b"i" * 32
OLD = KeyRing({1: b"1" * 32}, INDEX, Algorithm.AES_256_GCM)
BOTH = KeyRing({1: b"1" * 32, 2: b"2" * 32}, INDEX, Algorithm.SM4_GCM)
NEW = KeyRing({2: b"2" * 32}, INDEX, Algorithm.SM4_GCM)


@pytest.fixture
def use(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[KeyRing], None]]:
    """The application with these keys from now on, as after a restart."""

    def restart(keys: KeyRing) -> None:
        db.session.rollback()
        db.session.expire_all()
        monkeypatch.setitem(app.extensions, "key_ring", keys)

    restart(OLD)
    yield restart
    db.session.rollback()


def stale() -> int:
    """How many sealed values are not under the present key."""
    return sum(
        db.session.scalar(
            select(func.count())
            .select_from(column.table)
            .where(func.substr(type_coerce(column, LargeBinary()), 1, 2) != key_ring().current)
        )
        or 0
        for column in key_rotation.sealed_columns()
    )


def nothing(place: str, done: int, total: int) -> None:
    """Nobody watches."""


def test_everything_is_sealed_anew_and_the_old_key_may_go(use: Callable[[KeyRing], None]) -> None:
    case = cases.pending_case()
    profiles.save(
        people.actor(case.expert), {"address": "昆明市五华区3号"}, {}, version=case.expert.version, draft=True
    )
    changes = profile_history.of(case.expert_id)[0].changes
    expert_id, number, mobile = case.expert.id, case.expert.id_number, case.expert.mobile
    version, content = case.expert.version, case.snapshot.content
    use(BOTH)
    before = stale()
    told: list[tuple[str, int, int]] = []
    assert key_rotation.rotate(lambda *progress: told.append(progress)) == before >= 3
    assert ("expert.id_number", 1, 1) in told
    use(NEW)
    expert = db.session.get_one(Expert, expert_id)
    assert (expert.id_number, expert.mobile, expert.version) == (number, mobile, version)
    assert db.session.scalars(select(Snapshot)).one().content == content
    assert profile_history.of(expert_id)[0].changes == changes
    assert db.session.scalars(select(Expert).where(Expert.id_number == number)).one() is expert
    assert key_rotation.rotate(nothing) == 0


def test_change_requests_are_sealed_anew(use: Callable[[KeyRing], None]) -> None:
    request = changes.open_request()
    use(BOTH)
    key_rotation.rotate(nothing)
    use(NEW)
    item = request.items[0]
    assert (request.reason, item.value, item.new) == ("已搬家。", changes.NEW_ADDRESS, changes.NEW_ADDRESS)
    changes.decided(request)
    assert stale() == 0


def test_killed_in_the_middle_it_goes_on_where_values_are_left(
    use: Callable[[KeyRing], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        people.expert()
    use(BOTH)
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    before = stale()

    def killed(place: str, done: int, total: int) -> None:
        if place == "expert.id_number" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(killed)
    db.session.rollback()
    left = stale()
    assert 0 < left < before
    assert key_rotation.rotate(nothing) == left
    assert stale() == 0


def test_what_somebody_changes_meanwhile_is_not_undone(
    use: Callable[[KeyRing], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    expert = people.expert()
    changed = people.new_mobile()
    use(BOTH)
    anew = key_rotation._anew

    def slowly(old: bytes, type_: object) -> bytes:
        new = anew(old, type_)
        if getattr(type_, "place", "") == "expert.mobile":
            db.session.get_one(Expert, expert.id).mobile = changed
            db.session.commit()
        return new

    monkeypatch.setattr(key_rotation, "_anew", slowly)
    key_rotation.rotate(nothing)
    db.session.expire_all()
    assert expert.mobile == changed
    assert stale() == 0


def test_both_keys_serve_while_it_runs(use: Callable[[KeyRing], None]) -> None:
    former = people.expert()
    former_number = former.id_number
    use(BOTH)
    newcomer = people.expert()
    assert {expert.id_number for expert in db.session.scalars(select(Expert))} == {former_number, newcomer.id_number}


def test_files_are_sealed_anew(
    app: Flask, use: Callable[[KeyRing], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = DiskStorage(tmp_path, OLD).put(b"scan")
    use(BOTH)
    held = ports()
    monkeypatch.setitem(app.extensions, "ports", replace(held, storage=DiskStorage(tmp_path, BOTH)))
    told: list[tuple[str, int, int]] = []
    key_rotation.rotate(lambda *progress: told.append(progress))
    assert told[-1] == ("附件", 1, 1)
    assert DiskStorage(tmp_path, NEW).read(digest) == b"scan"


def test_the_command_tells_how_far_it_is(app: Flask, use: Callable[[KeyRing], None]) -> None:
    people.expert()
    use(BOTH)
    result = app.test_cli_runner().invoke(args=["rotate-keys"])
    assert result.exit_code == 0
    assert "expert.id_number：1 / 1" in result.output
    assert "完成：重新加密" in result.output
    assert stale() == 0
