"""Which rows an actor may see (R1, R5): asked of the database, place by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, select

from app.extensions import db
from app.models import Application, Attachment, Certificate, Expert, Transition
from app.policies import scope
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, STAFF
from tests.support import cases, people
from tests.support.people import KUNMING, PROVINCE, QILIN, QUJING, WUHUA

KINDS = {
    Expert: scope.visible_experts,
    Application: scope.visible_applications,
    Certificate: scope.visible_certificates,
    Attachment: scope.visible_attachments,
    Transition: scope.visible_transitions,
}


@dataclass
class World:
    """Four experts and the actor of each place.

    甲 lives in 五华, 乙 in 麒麟, 丙 in 麒麟 and has applied to 昆明, 丁 has not said where. 甲, 乙 and 丁
    have applied to nobody but the province, if anybody; 甲 and 丙 have a certificate.
    """

    experts: dict[str, Expert]
    officials: dict[str, Actor]

    def seen_by(self, actor: Actor, model: type[Any], clause: ColumnElement[bool]) -> set[str]:
        """The names of the experts of whom ``actor`` sees a row."""
        names = {expert.id: name for name, expert in self.experts.items()}
        if model is Expert:
            ids = db.session.scalars(select(Expert.id).where(clause))
        elif model is Transition:
            ids = db.session.scalars(select(Application.expert_id).join(Transition).where(clause))
        else:
            ids = db.session.scalars(select(model.expert_id).where(clause))
        return {names[expert_id] for expert_id in ids}


@pytest.fixture
def world(app: Flask) -> World:
    """Built by the services, so that what is scoped is what they write."""
    experts = {
        "甲": people.expert(WUHUA, name="甲"),
        "乙": people.expert(QILIN, name="乙"),
        "丙": people.expert(QILIN, name="丙"),
        "丁": people.expert(None, name="丁", complete=False),
    }
    cases.filed_certificate(cases.approved_case(cases.pending_case(experts["甲"])))
    cases.pending_case(experts["乙"])
    at_kunming = people.department(region=KUNMING)
    cases.filed_certificate(cases.approved_case(cases.pending_case(experts["丙"], at_kunming)))
    people.attach(experts["丁"], people.AttachmentKind.OTHER, "其他.pdf", b"%PDF-1.4", "application/pdf")
    places = {
        PROVINCE: people.department(),
        KUNMING: at_kunming,
        WUHUA: people.county_department(WUHUA),
        QUJING: people.department(region=QUJING),
        QILIN: people.county_department(QILIN),
    }
    return World(experts, {place: people.actor(people.staff(at=at)) for place, at in places.items()})


LIVE_OR_APPLIED = {
    PROVINCE: {"甲", "乙", "丙"},
    KUNMING: {"甲", "丙"},
    WUHUA: {"甲"},
    QUJING: {"乙", "丙"},
    QILIN: {"乙", "丙"},
}
CERTIFIED = {"甲", "丙"}


def test_r1_officials_see_who_lives_in_their_region_or_has_applied_there(world: World) -> None:
    for place, actor in world.officials.items():
        expected = LIVE_OR_APPLIED[place]
        for model, visible in KINDS.items():
            seen = world.seen_by(actor, model, visible(actor))
            wanted = expected & CERTIFIED if model is Certificate else expected
            assert seen == wanted, f"{model.__name__} for {place}"


def test_r1_a_case_that_came_to_nothing_still_counts_as_applied(world: World) -> None:
    at_qujing = people.department(region=QUJING)
    case = cases.pending_case(world.experts["甲"], at_qujing)
    cases.applications.withdraw(people.actor(world.experts["甲"]), case.id)
    actor = world.officials[QUJING]
    assert world.seen_by(actor, Expert, scope.visible_experts(actor)) == {"甲", "乙", "丙"}


def test_r1_officials_without_the_permission_see_nothing_of_it(world: World) -> None:
    administrator = people.actor(people.staff(ADMINISTRATOR))
    for model, visible in KINDS.items():
        assert world.seen_by(administrator, model, visible(administrator)) == set()


def test_r5_experts_see_no_list_of_experts_and_only_their_own_files(world: World) -> None:
    actor = people.actor(world.experts["甲"])
    for model, visible in KINDS.items():
        expected = {"甲"} if model is Attachment else set()
        assert world.seen_by(actor, model, visible(actor)) == expected


def test_r5_an_official_who_is_an_expert_too_sees_the_region_and_the_own_files(world: World) -> None:
    official = people.staff(STAFF, people.EXPERT, at=people.department(region=KUNMING))
    own = people.expert(QILIN, name="戊", user=official)
    world.experts["戊"] = own
    actor = people.actor(own)
    assert actor.expert_id == own.id
    assert world.seen_by(actor, Attachment, scope.visible_attachments(actor)) == {"甲", "丙", "戊"}
    assert world.seen_by(actor, Expert, scope.visible_experts(actor)) == {"甲", "丙"}
