"""换发 cut off, sent twice, or against somebody else's act at the same moment: one outcome, whole or not at all (R15, R16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.storage import MemoryStorage
from app.domain.errors import Conflict, DomainError
from app.domain.states import Action, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AuditEntry, Certificate, Notification, NumberCounter, SmsMessage, Transition
from app.policies.actor import Actor
from app.services import certificates, filings, issuing, notices, reissues, workflow
from app.services.issuing import Words
from tests.support import cases, people
from tests.support.races import at_once

REASON = "聘任名称有误。"
WRITTEN = (Certificate, NumberCounter, SmsMessage, Transition, Notification, AuditEntry)


def rows() -> dict[str, int]:
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in WRITTEN}


def filer(certificate: Certificate) -> Actor:
    return people.actor(cases.filer_of(certificate.application))


def corrected(certificate: Certificate) -> Words:
    return replace(reissues.as_filed(certificate), title="省化工-消防")


class Broken(RuntimeError):
    """What a test breaks."""


@contextmanager
def breaking(place: Any, name: str) -> Iterator[None]:
    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise Broken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, broken)
        yield


STEPS = {
    "history": (workflow, "_record"), "number": (issuing, "next_serial"), "pdf": (issuing, "render_certificate"),
    "file": (MemoryStorage, "put"), "log": (reissues, "audit"), "message": (notices, "_queue"),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_r15_whatever_fails_nothing_is_written_and_the_number_is_given_back(app: Flask, step: str) -> None:
    old = cases.filed_certificate()
    official, before, version = filer(old), rows(), old.version
    with breaking(*STEPS[step]), pytest.raises(Broken):
        reissues.reissue(old.id, official, corrected(old), REASON)
    db.session.refresh(old)
    assert (old.status, old.version, old.superseded_at) == (CertificateStatus.VALID, version, None)
    assert rows() == before
    assert reissues.reissue(old.id, official, corrected(old), REASON).number.endswith("002")


def test_a_stale_version_is_a_conflict_that_says_what_happened(app: Flask) -> None:
    old = cases.filed_certificate()
    official, seen, words = filer(old), old.version, corrected(old)
    reissues.reissue(old.id, official, words, REASON, seen)
    with pytest.raises(Conflict, match="已换发"):
        reissues.reissue(old.id, official, words, REASON, seen)


def test_it_is_drawn_once_and_before_the_write_lock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    old, drawn = cases.filed_certificate(), []
    monkeypatch.setattr(issuing, "render_certificate", lambda data: drawn.append(data.number) or data.number.encode())
    assert drawn == [reissues.reissue(old.id, filer(old), corrected(old), REASON).number]


def raced(app: Flask, deeds: list[Callable[[], Any]]) -> list[str]:
    """What each met: "" for done."""
    given = at_once(app, deeds)
    return [type(one).__name__ if isinstance(one, DomainError) else "" for one in given]


def test_ended_and_replaced_at_once_has_one_outcome(app: Flask) -> None:
    for turn in range(4):
        old = cases.filed_certificate()
        head, official = people.actor(cases.reviewer_of(old.application)), filer(old)
        seen, words = old.version, corrected(old)
        number = old.id
        replacing = partial(reissues.reissue, number, official, words, REASON, seen)
        deeds = [partial(certificates.terminate, number, head, "调离。", seen), replacing, replacing]
        came = raced(app, deeds[turn % 2 :])
        assert sorted(came) == ["", *["Conflict"] * (len(came) - 1)]
        db.session.expire_all()
        replaced = old.status is CertificateStatus.SUPERSEDED
        assert (old.version, len(certificates.of_case(old.application_id))) == (seen + 1, 1 + replaced)
        assert [step.action for step in cases.history(old.application)][3:] == [
            Action.REISSUE if replaced else Action.TERMINATE
        ]


def test_r16_filed_and_replaced_at_once_the_numbers_have_neither_gap_nor_double(app: Flask) -> None:
    waiting, standing = [cases.approved_case() for _ in range(3)], [cases.filed_certificate() for _ in range(3)]
    official = filer(standing[0])
    words: dict[int, Words] = {one.id: corrected(one) for one in standing}
    ids = [case.id for case in waiting]
    deeds: list[Callable[[], Any]] = [lambda one=one: filings.file(one, official).id for one in ids]
    deeds += [lambda one=one: reissues.reissue(one, official, words[one], REASON).id for one in words]
    assert raced(app, deeds) == [""] * 6
    numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.id)).all()
    assert numbers == [f"YNS{today_in_shanghai():%Y%m%d}{serial:03d}" for serial in range(1, 10)]
