"""A field is declared once: what a declaration says, and that everything finds it."""

from __future__ import annotations

import pytest
from sqlalchemy import String, inspect

from app.models import PROFILE_LISTS, Account, Application, Certificate, Expert, Organization, Region
from app.models.choices import EDUCATION_LEVELS, NATIONS
from app.models.columns import all_fields, column, link

STARRED = [
    "姓名", "性别", "出生日期", "身份证号", "民族", "手机", "通信地址", "所在地区", "毕业院校", "所学专业", "学历",
    "参加工作时间", "职称", "从事专业", "从事专业年限", "申报类别", "专业特长",
]  # fmt: skip
"""The fields that the page of the domain marks with *, the photo apart: that is a file."""


def test_r8_the_required_fields_are_those_of_the_domain() -> None:
    assert [field.label for field in all_fields(Expert).values() if field.required] == STARRED


def test_r8_required_is_no_not_null_but_for_what_registration_gives() -> None:
    columns = inspect(Expert).columns
    declared = {name: field for name, field in all_fields(Expert).items() if name in columns}
    never_null = {name for name in declared if not columns[name].nullable}
    assert never_null == {name for name, field in declared.items() if field.fixed}


def test_fields_come_in_the_order_of_the_source_with_relations_among_them() -> None:
    names = list(all_fields(Expert))
    assert names.index("postcode") < names.index("region") < names.index("school") < names.index("specialities")


def test_a_declaration_carries_what_screens_ask() -> None:
    fields = all_fields(Expert)
    assert fields["nation"].choices == NATIONS
    assert fields["employer"].max_length == 120
    assert fields["email"].required is False
    assert fields["id_number"].fixed
    assert fields["id_number"].mask is not None
    assert fields["id_number"].mask("530102197505200012") == "530102********0012"


def test_closed_lists_fit_their_columns() -> None:
    for model in (Expert, *PROFILE_LISTS.values()):
        for name, field in all_fields(model).items():
            if field.choices:
                type_ = inspect(model).columns[name].type
                assert isinstance(type_, String)
                assert type_.length is not None
                assert max(map(len, field.choices)) <= type_.length, name
    assert max(map(len, EDUCATION_LEVELS)) == 5


@pytest.mark.parametrize("model", [Account, Application, Certificate, Expert, Organization, Region])
def test_every_declared_model_has_a_label_and_lists_something(model: type) -> None:
    assert model.__label__  # type: ignore[attr-defined]
    assert any(field.listed for field in all_fields(model).values())


def test_columns_that_were_not_declared_are_no_fields() -> None:
    assert not {"id", "version", "user_id", "region_code"} & set(all_fields(Expert))
    assert "password" not in all_fields(Account)
    assert all_fields(Account)["first_name"].label == "姓名"


def test_a_column_without_a_type_is_as_wide_as_its_longest_choice() -> None:
    made = column(label="等级", choices=("一级", "特一级"))
    type_ = made.column.type
    assert isinstance(type_, String)
    assert type_.length == 3
    assert made.column.nullable
    assert made.column.info["field"].label == "等级"


def test_a_link_carries_its_declaration() -> None:
    made = link(label="所在地区", required=True)
    assert made.info is not None
    assert made.info["field"].required


def test_a_word_that_no_declaration_knows_is_refused() -> None:
    with pytest.raises(TypeError):
        column(String(3), label="等级", requird=True)
