"""The box at the top: found by what is known of it, in scope (R1, R5), in few statements on indexes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from app.domain import search as words
from app.extensions import db
from app.models import Account, Expert
from app.policies.roles import ADMINISTRATOR
from app.services import name_initials, search
from app.services.search import Found
from tests.support import cases, people
from tests.support.people import KUNMING, QILIN, QUJING, WUHUA
from tests.support.plans import statements, whole_tables


def find(person: Account | Expert, typed: str) -> Found:
    return search.found(people.actor(person), words.read(typed))


def keys(found: Found) -> tuple[list[int], list[int], list[int]]:
    """Of experts, certificates and cases."""
    experts, certificates, applications = (
        [hit.key for hit in hits] for hits in (found.experts, found.certificates, found.applications)
    )
    return experts, certificates, applications


@pytest.mark.parametrize("typed", ["王建国", "建国", "国", "wjg", "WJG", "ｗｊ", "w j g"])
def test_an_expert_is_found_with_all_that_belongs_to_one(app: Flask, typed: str) -> None:
    wanted = people.expert(name="王建国")
    cases.pending_case(people.expert(name="李四"))
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(wanted)))
    found = find(people.staff(), typed)
    assert keys(found) == ([wanted.id], [certificate.id], [certificate.application_id])
    assert found.experts[0].note == "昆明市五华区　云南某化工有限公司"
    assert found.certificates[0].note.startswith("王建国　")
    assert found.applications[0].note.endswith("已备案")


def test_a_certificate_is_found_by_the_beginning_of_its_number(app: Flask) -> None:
    certificate = cases.filed_certificate()
    number, official = certificate.number, people.staff()
    for typed in (number, number.lower(), f"{number[:3]} {number[3:]}", number[:7], number[:3]):
        assert keys(find(official, typed)) == ([], [certificate.id], []), typed
    assert keys(find(official, number[1:8])) == ([], [], [])


def test_a_case_is_found_by_its_number(app: Flask) -> None:
    case = cases.pending_case()
    for typed in (case.number, f"sb{case.id}", str(case.id), f"{case.id:08d}"):
        assert keys(find(people.staff(), typed))[2] == [case.id], typed
    for typed in ("SB0", "999999999", "SB99999999999", "0"):
        assert keys(find(people.staff(), typed)) == ([], [], []), typed


def test_r1_what_is_out_of_scope_is_not_found_by_anything(app: Flask) -> None:
    here, there = people.expert(WUHUA, name="王建国"), people.expert(QILIN, name="王建国")
    certificate = cases.filed_certificate(
        cases.approved_case(cases.pending_case(there, people.department(region=QUJING)))
    )
    wuhua = people.staff(at=people.county_department(WUHUA))
    qilin = people.staff(at=people.county_department(QILIN))
    for typed in ("王建国", "国", "wjg"):
        assert keys(find(wuhua, typed)) == ([here.id], [], []), typed
        assert keys(find(qilin, typed)) == ([there.id], [certificate.id], [certificate.application_id]), typed
    for typed in (certificate.number, f"SB{certificate.application_id:08d}"):
        assert keys(find(wuhua, typed)) == ([], [], []), typed
        assert keys(find(qilin, typed)) != ([], [], []), typed
    # Who has applied to an organization of the region is seen there too.
    cases.pending_case(there, people.department(region=KUNMING))
    kunming = people.staff(at=people.department(region=KUNMING))
    assert set(keys(find(kunming, "王建国"))[0]) == {here.id, there.id}
    assert keys(find(wuhua, "王建国")) == ([here.id], [], [])


def test_r7_an_administrator_finds_nobody(app: Flask) -> None:
    certificate = cases.filed_certificate()
    for typed in ("张三", "zs", certificate.number, f"SB{certificate.application_id}"):
        assert keys(find(people.staff(ADMINISTRATOR), typed)) == ([], [], []), typed


def test_r5_an_expert_finds_their_own_and_nobody(app: Flask) -> None:
    own, other = people.expert(name="王建国"), people.expert(name="王建国")
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(own)))
    stranger = cases.filed_certificate(cases.approved_case(cases.pending_case(other)))
    mine = ([], [certificate.id], [certificate.application_id])
    for typed in ("王建国", certificate.number[:3]):
        assert keys(find(own, typed))[:2] == mine[:2], typed
    assert keys(find(own, "已备案")) == ([], [], mine[2])
    assert keys(find(own, f"SB{certificate.application_id:08d}")) == ([], [], mine[2])
    assert keys(find(own, stranger.number)) == ([], [], [])
    assert keys(find(own, f"SB{stranger.application_id:08d}")) == ([], [], [])


def test_of_many_the_first_five_and_nothing_of_theirs(app: Flask) -> None:
    many = [people.expert(name="王伟", complete=False, region_code=WUHUA) for _ in range(6)]
    case = cases.pending_case(people.expert(name="李伟"))
    found = find(people.staff(), "王伟")
    assert [hit.key for hit in found.experts] == sorted((expert.id for expert in many), reverse=True)[:5]
    assert found.has_more_experts
    assert not found.applications
    assert keys(find(people.staff(), "李伟"))[2] == [case.id]


def test_of_letters_the_nearest_first(app: Flask) -> None:
    for name in ("王军", "王建国", "王加", "吴建", "王建"):
        people.expert(name=name, complete=False, region_code=WUHUA)
    assert [hit.name for hit in find(people.staff(), "wj").experts] == ["王军", "王加", "吴建", "王建", "王建国"]


@pytest.mark.parametrize("typed", ["%", "_", "'", '"', "\\", "王%", "w_g", "*", "NEAR(", "王\x00"])
def test_no_character_means_anything(app: Flask, typed: str) -> None:
    people.expert(name="王建国")
    expected = ["王建国"] if typed == "王\x00" else []
    assert [hit.name for hit in find(people.staff(), typed).experts] == expected


def test_letters_follow_the_name_and_old_rows_are_read_by_the_job(app: Flask) -> None:
    expert, old = people.expert(name="王建国"), people.expert(name="李四")
    expert.name = "曾国藩"
    db.session.commit()
    assert expert.initials == "zgf"
    table = Expert.__table__
    db.session.execute(update(table).where(table.c.id == old.id).values(initials=None, updated_at=table.c.updated_at))
    db.session.commit()
    before = (old.version, old.updated_at)
    assert keys(find(people.staff(), "ls")) == ([], [], [])
    assert name_initials.fill() == 1
    assert name_initials.fill() == 0
    db.session.expire_all()
    assert keys(find(people.staff(), "ls"))[0] == [old.id]
    assert (old.version, old.updated_at) == before


@pytest.mark.parametrize("region", [people.PROVINCE, WUHUA])
def test_at_most_four_statements_and_no_table_is_read_whole(app: Flask, region: str) -> None:
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(name="王建国"))))
    place = people.department() if region == people.PROVINCE else people.county_department(region)
    official = people.actor(people.staff(at=place))
    own = people.actor(certificate.expert)
    for typed in ("王建国", "国", "wjg", "zz", certificate.number, "yns", f"SB{certificate.application_id}", "12"):
        for actor in (official, own):
            with statements() as ran:
                search.found(actor, words.read(typed))
            assert len(ran) <= 4, (typed, ran)
            assert [what for statement in ran for what in whole_tables(*statement)] == [], (typed, ran)


def test_neither_id_number_nor_mobile_stands_in_a_hit(app: Flask) -> None:
    expert = people.expert(name="王建国")
    cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    found = find(people.staff(), "wjg")
    shown = str([*found.experts, *found.certificates, *found.applications])
    assert expert.id_number not in shown
    assert expert.mobile not in shown
