"""Saving the profile: what is required, what is refused, and that no tab overwrites another."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.domain.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.models import Expert
from app.models.columns import all_fields
from app.services import profile_values, profiles
from tests.support import people
from tests.support.people import KUNMING, PROVINCE, WUHUA


def save(expert: Expert, values: dict[str, Any], lists: Any = None, *, draft: bool = False, version: int = 0) -> None:
    profiles.save(people.actor(expert), values, lists or {}, version=version or expert.version, draft=draft)


def schools(expert: Expert) -> list[str]:
    return [row.school for row in profile_values.listed_rows(expert.id)["education"]]


def test_r8_a_full_save_names_every_missing_field_and_writes_nothing(app: Flask) -> None:
    expert = people.expert(complete=False)
    with pytest.raises(Invalid) as refused:
        save(expert, {"nation": "汉族", "major": " "})
    required = [f.label for f in all_fields(Expert).values() if f.required and not f.fixed and f.name != "nation"]
    assert refused.value.message == f"请填写：{'、'.join(required)}。也可以先“暂存草稿”。"
    db.session.refresh(expert)
    assert expert.nation is None


def test_r8_a_draft_may_lack_anything(app: Flask) -> None:
    expert = people.expert(complete=False)
    save(expert, {"nation": "汉族", "major": "  "}, draft=True)
    db.session.expire_all()
    assert (expert.nation, expert.major) == ("汉族", None)
    assert "民族" not in profiles.missing(expert)
    assert "所学专业" in profiles.missing(expert)


def test_r8_zero_years_of_practice_are_an_answer(app: Flask) -> None:
    expert = people.expert(practice_years=0)
    assert profiles.missing(expert) == []
    assert [profile_values.is_blank(value) for value in (None, "", " \n", [], 0, "字")] == [True] * 4 + [False] * 2


def test_completeness_counts_what_is_required(app: Flask) -> None:
    expert = people.expert()
    assert profiles.completeness(profiles.missing(expert)) == 100
    save(expert, {"strengths": ""}, draft=True)
    assert profiles.missing(expert) == ["专业特长"]
    assert 90 < profiles.completeness(profiles.missing(expert)) < 100
    empty = people.expert(complete=False)
    assert 0 < profiles.completeness(profiles.missing(empty)) < 40


def test_text_is_kept_without_the_blanks_around_it(app: Flask) -> None:
    expert = people.expert()
    save(expert, {"address": "  某路2号 \n"})
    assert expert.address == "某路2号"


@pytest.mark.parametrize("name", ["name", "sex", "birth_date", "id_number", "mobile"])
def test_what_registration_fixed_is_not_taken_from_the_form(app: Flask, name: str) -> None:
    expert = people.expert()
    before = getattr(expert, name)
    with pytest.raises(Invalid, match="不能在此修改") as refused:
        save(expert, {"address": "新地址", name: "换一个"}, draft=True)
    assert refused.value.field == name
    db.session.refresh(expert)
    assert getattr(expert, name) == before
    assert expert.address != "新地址"


def test_a_region_is_a_prefecture_or_a_county(app: Flask) -> None:
    expert = people.expert(WUHUA)
    save(expert, {"region": KUNMING})
    assert expert.region_code == KUNMING
    for wrong in (PROVINCE, "000000", "530102 "):
        with pytest.raises(Invalid, match="州市和县区") as refused:
            save(expert, {"region": wrong})
        assert refused.value.field == "region"
    save(expert, {"region": ""}, draft=True)
    assert expert.region_code is None


def test_specialities_are_chosen_from_the_list(app: Flask) -> None:
    expert = people.expert()
    chosen = [people.speciality("防火防爆"), people.speciality("安全工程")]
    save(expert, {"specialities": [row.id for row in chosen]})
    assert {row.id for row in expert.specialities} == {row.id for row in chosen}
    for unknown in (0, -1, 10**8, 10**30):
        with pytest.raises(Invalid, match="请从列表中选择") as refused:
            save(expert, {"specialities": [chosen[0].id, unknown]})
        assert refused.value.field == "specialities"


def test_r20_a_retired_speciality_may_stay_and_cannot_be_chosen_anew(app: Flask) -> None:
    kept = people.speciality("防火防爆")
    owner, newcomer = people.expert(specialities=[kept]), people.expert(specialities=[people.speciality("安全工程")])
    kept.retired = True
    db.session.commit()
    save(owner, {"specialities": [kept.id]})
    assert owner.specialities == [kept]
    with pytest.raises(Invalid, match="“防火防爆”已停用"):
        save(newcomer, {"specialities": [kept.id]})


def test_lists_are_kept_in_the_experts_order(app: Flask) -> None:
    expert = people.expert()
    rows = [{"school": school, "began_on": date(1990 + n, 9, 1)} for n, school in enumerate("甲乙丙")]
    save(expert, {}, {"education": rows})
    assert schools(expert) == ["甲", "乙", "丙"]
    save(expert, {}, {"education": [rows[2], rows[0]]})
    assert schools(expert) == ["丙", "甲"]
    save(expert, {}, {"education": []})
    assert schools(expert) == []


def test_lists_that_the_form_does_not_carry_stay(app: Flask) -> None:
    expert = people.expert()
    save(expert, {}, {"education": [{"school": "甲", "began_on": date(1990, 9, 1)}]})
    save(expert, {}, {"qualification": [{"title": "注册安全工程师"}]})
    assert schools(expert) == ["甲"]


def test_an_empty_row_is_no_row(app: Flask) -> None:
    expert = people.expert()
    blank = {"school": " ", "major": "", "began_on": None}
    save(expert, {}, {"education": [blank, {"school": "甲", "began_on": date(1990, 9, 1)}, blank]})
    assert schools(expert) == ["甲"]


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("education", [{"major": "安全"}], "教育经历第1条：请填写开始时间、院校。"),
        (
            "work_experience",
            [{"began_on": date(2000, 1, 1), "employer": "甲"}, {"employer": "乙"}],
            "工作经历第2条：请填写开始时间。",
        ),
        (
            "work_experience",
            [{"began_on": date(2000, 1, 2), "ended_on": date(2000, 1, 1), "employer": "甲"}],
            "工作经历第1条：结束时间不能早于开始时间。",
        ),
        ("qualification", [{"title": "证"}] * 51, "执业资格最多填写50条。"),
        ("achievement", [{"title": "项目"}], "主要业绩第1条：请填写类别。"),
    ],
)
def test_r8_a_wrong_row_is_named_and_nothing_is_written(app: Flask, name: str, rows: Any, message: str) -> None:
    expert = people.expert()
    with pytest.raises(Invalid) as refused:
        save(expert, {"address": "新地址"}, {name: rows}, draft=True)
    assert (refused.value.message, refused.value.field) == (message, name)
    db.session.refresh(expert)
    assert expert.address != "新地址"
    assert profile_values.listed_rows(expert.id)[name] == []


def test_fifty_rows_are_taken(app: Flask) -> None:
    expert = people.expert()
    save(expert, {}, {"qualification": [{"title": f"证{n}"} for n in range(50)]})
    assert len(profile_values.listed_rows(expert.id)["qualification"]) == 50


def test_what_was_saved_elsewhere_meanwhile_is_a_conflict(app: Flask) -> None:
    expert = people.expert()
    seen = expert.version
    save(expert, {"address": "第一次"}, version=seen)
    with pytest.raises(Conflict, match="已在别处保存过"):
        save(expert, {"address": "第二次"}, version=seen)
    assert expert.address == "第一次"


@pytest.mark.parametrize("change", ["lists", "specialities", "nothing"])
def test_every_save_counts_as_one_whatever_it_changed(app: Flask, change: str) -> None:
    """Two tabs: the second must not take away the rows of the first, which touched no column of the profile."""
    expert = people.expert()
    seen = expert.version
    lists = {"education": [{"school": "甲", "began_on": date(1990, 9, 1)}]} if change == "lists" else {}
    values = {"specialities": [people.speciality("安全工程").id]} if change == "specialities" else {}
    save(expert, values, lists, version=seen)
    with pytest.raises(Conflict):
        save(expert, {}, {"education": []}, version=seen)
    assert schools(expert) == (["甲"] if change == "lists" else [])


def test_r5_nobody_saves_but_the_expert(app: Flask) -> None:
    expert = people.expert()
    with pytest.raises(NotFound):
        profiles.save(people.actor(people.staff()), {"address": "别人"}, {}, version=1, draft=True)
    stranger = people.expert(name="李四")
    profiles.save(people.actor(stranger), {"address": "自己"}, {}, version=stranger.version, draft=True)
    db.session.refresh(expert)
    assert expert.address != "自己"
