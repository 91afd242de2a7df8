"""What the check of a workbook finds: each cell by the rules of every form, rows among others, headings."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.imports import ImportState, RowState
from app.extensions import db
from app.models import Expert
from app.policies.actor import Actor
from app.policies.roles import FILER
from app.services import import_orders, import_sheet, imports
from app.services.import_orders import StillWrong
from tests.support import people
from tests.support.people import KUNMING, QILIN, SCIENCE
from tests.support.workbooks import checked, counts, faults, imported, job, person, staged, workbook


@pytest.fixture
def filer(app: Flask) -> Actor:
    return people.actor(people.staff(FILER, at=people.department(SCIENCE)))


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        ({"name": ""}, "name", "请填写姓名"),
        ({"name": "张3"}, "name", "姓名只能"),
        ({"id_number": ""}, "id_number", "请填写身份证号"),
        ({"id_number": 530102197505201e3}, "id_number", "设为“文本”格式"),
        ({"id_number": "530102197505201234"}, "id_number", "校验不符"),
        ({"id_number": 530102750520123}, "id_number", "15位的旧身份证号"),
        ({"mobile": "1990000"}, "mobile", "11位"),
        ({"mobile": ""}, "mobile", "请填写手机"),
        ({"nation": "火星族"}, "nation", "请从列表中选择"),
        ({"title_level": "高级"}, "title_level", "请从列表中选择"),
        ({"region": "北京市"}, "region", "没有这个地区"),
        ({"region": "云南省"}, "region", "没有这个地区"),
        ({"work_began_on": "1998-13-01"}, "work_began_on", "不是有效日期"),
        ({"work_began_on": "0998-01-01"}, "work_began_on", "年份须在"),
        ({"practice_years": "约20"}, "practice_years", "0至80的整数"),
        ({"strengths": "专" * 1001}, "strengths", "不能超过1000个字"),
        ({"school": "云南\u202e大学"}, "school", "控制字符"),
        ({"specialities": "没有的"}, "specialities", "没有“没有的”这个专业类别"),
        ({"specialities": "防火防爆"}, "specialities", "请写全"),
        ({"specialities": "；"}, "specialities", "请填写申报类别"),
        ({"address": " "}, "address", "请填写通信地址"),
    ],
    ids=range(21),
)
def test_what_is_wrong_is_said_at_its_cell(filer: Actor, cells: dict[str, Any], field: str, words: str) -> None:
    job_id = checked(filer, [person(**cells)])
    (found,) = faults(job_id)
    assert list(found) == [field]
    assert words in found[field]
    assert counts(job_id) == {"有误": 1}


@pytest.mark.one_database
def test_gaps_are_for_the_expert_to_fill_in_where_the_sender_says_so(filer: Actor) -> None:
    bare = {name: text for name, text in person().items() if name in import_sheet.MUST}
    job_id = checked(filer, [bare, {**bare, "id_number": people.new_id_number(), "mobile": ""}], gaps=True)
    assert counts(job_id) == {"可导入": 1, "有误": 1}
    assert counts(checked(filer, [bare], "B" * 22)) == {"有误": 1}
    imported(filer, job_id)
    made = db.session.scalars(select(Expert).where(Expert.id_number == bare["id_number"])).one()
    assert made.school is None


@pytest.mark.one_database
def test_regions_are_read_with_and_without_the_levels_above_and_only_ones_own(app: Flask) -> None:
    kunming = people.actor(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    wordings = [
        "五华区",
        "云南省昆明市五华区",
        "云南昆明市 五华区",
        "昆明市",
        "530102",
        "昆明市/五华区",
        "麒麟区",
        "曲靖市",
    ]
    job_id = checked(kunming, [person(region=wording) for wording in wordings])
    assert [row.state for row in staged(job_id)] == [RowState.READY] * 6 + [RowState.WRONG] * 2
    assert "管辖范围" in faults(job_id)[6]["region"]


def test_who_is_there_already_is_known_wherever_they_are_and_compared_where_they_are_seen(app: Flask) -> None:
    here, there = people.expert(employer="甲"), people.expert(QILIN, employer="乙")
    kunming = people.actor(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    rows = [person(id_number=one.id_number, mobile=one.mobile) for one in (here, there)]
    job_id = checked(kunming, [*rows, person(mobile=there.mobile)])
    found = staged(job_id)
    assert [row.state for row in found] == [RowState.KNOWN, RowState.KNOWN, RowState.WRONG]
    assert "工作单位" in (found[0].content or {})["differs"]
    assert ((found[1].content or {})["differs"], found[1].expert_id) == ([], None)
    assert faults(job_id)[2] == {"mobile": "该手机号已被其他账号使用。"}


def test_a_person_or_a_mobile_twice_in_a_file(filer: Actor) -> None:
    one, other = person(), person()
    twins = [one, other, person(id_number=one["id_number"]), person(mobile=other["mobile"])]
    job_id = checked(filer, twins)
    assert [row.state for row in staged(job_id)] == [RowState.READY] * 2 + [RowState.WRONG] * 2
    assert "与第2行的身份证号相同" in faults(job_id)[2]["id_number"]
    assert "与第3行的手机号相同" in faults(job_id)[3]["mobile"]
    # Mended into the number of a row below it is found as well.
    with pytest.raises(StillWrong) as refused:
        import_orders.mend(filer, job_id, 4, {"id_number": other["id_number"]})
    assert "与第3行的身份证号相同" in refused.value.faults["id_number"]
    assert import_orders.mend(filer, job_id, 4, {"id_number": people.new_id_number()}) is RowState.READY


@pytest.mark.one_database
def test_the_example_of_the_template_is_nobody(filer: Actor) -> None:
    job_id = import_orders.upload(filer, "A" * 22, import_sheet.template(filer), "模板.xlsx", gaps=False)
    imports.run_next()
    assert (job(job_id).state, job(job_id).error) == (ImportState.FAILED, "标题行下面没有要导入的行。")


@pytest.mark.one_database
def test_headings_that_lack_or_stand_twice(filer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def error(key: str, rows: list[dict[str, Any]], **options: Any) -> str:
        job_id = import_orders.upload(filer, key * 22, workbook(rows, **options), "专家.xlsx", gaps=False)
        imports.run_next()
        assert (job(job_id).state, staged(job_id), job(job_id).parts) == (ImportState.FAILED, [], [])
        return job(job_id).error

    assert "出现了两次" in error("A", [person()], own=["姓名"])
    monkeypatch.setattr(imports, "ROWS_AT_MOST", 2)
    assert "最多2行" in error("B", [person(), person(), person()])
    assert "没有找到标题行" in error("C", [person()], left_out=["id_number"])
    assert error("D", [person()], left_out=["mobile", "region"]) == "缺少“手机、所在地区”列，请按模板的标题填写。"
