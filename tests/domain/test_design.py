"""What an organization may decide about its certificates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.design import DEFAULT, Accent, Border, Design, check
from app.domain.errors import Invalid


def test_r17_the_design_that_the_product_comes_with_is_one_that_it_takes() -> None:
    check(DEFAULT)


def test_a_design_survives_json() -> None:
    design = Design(border=Border.CORNERS, accent=Accent.BLUE, scale=90, closing="特此聘任。", qr=False)
    assert Design.from_json(design.to_json()) == design


def test_what_an_earlier_version_did_not_know_has_its_default() -> None:
    assert Design.from_json('{"heading": "聘任书", "gone": 1}') == replace(DEFAULT, heading="聘任书")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("heading", " ", "请填写标题"),
        ("heading", "长" * 13, "不能超过12个字"),
        ("heading", "{name}", "不能有花括号"),
        ("greeting", "同志：", "必须有且只有一处 {name}"),
        ("greeting", "{name}{name}：", "必须有且只有一处 {name}"),
        ("sentence", "聘请你为{title}专家。", "必须有且只有一处 {body}"),
        ("sentence", "{body}{title}{name}", "花括号只能用于"),
        ("sentence", "{body}{title}{", "花括号只能用于"),
        ("sentence", "{body.__class__}{title}", "花括号只能用于"),
        ("closing", "两\n行", "一行文字"),
        ("closing", " ", "请填写结语"),
        ("scale", 99, "字号只能是"),
    ],
)
def test_a_wording_that_a_certificate_cannot_have(field: str, value: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        check(replace(DEFAULT, **{field: value}))
    assert refused.value.field == field
