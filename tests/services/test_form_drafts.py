"""What is typed and not sent: its writer's alone, sealed, and gone once it is sent, given up, old or erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.domain.errors import Invalid
from app.extensions import db
from app.models import Expert, FormDraft
from app.models.types import now
from app.services import form_drafts, profiles
from app.services.form_drafts import BYTES_AT_MOST, KEPT_DAYS, DraftOf
from tests.support import people

TYPED = [("version", "1"), ("major", "采矿工程"), ("education-0-school", "昆明理工大学")]


def keep(expert: Expert, content: Any = TYPED, form: DraftOf = DraftOf.PROFILE) -> FormDraft:
    return form_drafts.keep(people.actor(expert), form, content)


def kept(expert: Expert, form: DraftOf = DraftOf.PROFILE) -> Any:
    found = form_drafts.kept(people.actor(expert), form)
    return found.content if found else None


def test_the_last_takes_the_place_of_the_one_before(app: Flask) -> None:
    expert = people.expert()
    keep(expert)
    keep(expert, [("major", "安全工程")])
    assert kept(expert) == [["major", "安全工程"]]
    assert len(db.session.scalars(select(FormDraft)).all()) == 1


def test_each_form_and_each_expert_has_its_own(app: Flask) -> None:
    one, other = people.expert(), people.expert(name="李四")
    keep(one)
    assert [kept(one, DraftOf.CHANGE), kept(other)] == [None, None]
    form_drafts.drop(people.actor(other), DraftOf.PROFILE)
    assert kept(one) == [list(pair) for pair in TYPED]
    form_drafts.drop(people.actor(one), DraftOf.PROFILE)
    assert kept(one) is None


def test_nothing_typed_lies_open_in_the_database(app: Flask) -> None:
    keep(people.expert())
    (sealed,) = db.session.execute(text("SELECT content FROM form_draft")).one()
    assert "采矿".encode() not in bytes(sealed)


def test_a_save_takes_it_away_and_a_refused_save_does_not(app: Flask) -> None:
    expert = people.expert()
    keep(expert)
    with pytest.raises(Invalid):
        profiles.save(people.actor(expert), {"major": " "}, {}, version=expert.version, draft=False)
    assert kept(expert) is not None
    profiles.save(people.actor(expert), {"major": "采矿工程"}, {}, version=expert.version, draft=True)
    assert kept(expert) is None


def test_too_much_is_refused_and_what_was_kept_stays(app: Flask) -> None:
    expert = people.expert()
    keep(expert)
    with pytest.raises(Invalid, match="太多"):
        keep(expert, [("strengths", "长" * (BYTES_AT_MOST // 3))])
    assert kept(expert) == [list(pair) for pair in TYPED]


def test_what_was_left_lying_is_swept(app: Flask) -> None:
    old, new = people.expert(), people.expert(name="李四")
    keep(old).saved_at = now() - timedelta(days=KEPT_DAYS, seconds=1)
    db.session.commit()
    keep(new)
    assert form_drafts.sweep() == 1
    assert [kept(old), kept(new) is None] == [None, False]
