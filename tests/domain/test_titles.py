"""The words and numbers that stand on a certificate."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.titles import TITLE_LENGTH, certificate_number, clean_title, proposed_title


@pytest.mark.parametrize(
    ("region", "level"),
    [
        ("云南省", "省"),
        ("昆明市", "市"),
        ("大理白族自治州", "州"),
        ("石林彝族自治县", "县"),
        ("五华区", "区"),
        ("安宁市", "市"),
    ],
)
def test_r17_title_begins_with_the_level_of_the_organization(region: str, level: str) -> None:
    assert proposed_title(region, "化工", "防爆") == f"{level}化工-防爆"


def test_r17_proposed_title_fits_its_column() -> None:
    assert len(proposed_title("云南省", "化" * 20, "防" * 80)) == TITLE_LENGTH


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("省化工-防爆", "省化工-防爆"),
        ("  省化工-防爆\n", "省化工-防爆"),
        ("省化工-防爆专家", "省化工-防爆"),
        ("省化工-防爆 专家", "省化工-防爆"),
        ("省化工 \t 防爆", "省化工 防爆"),
        ("专家库管理", "专家库管理"),
    ],
)
def test_r17_wording_is_kept_without_the_word_that_the_text_adds(typed: str, kept: str) -> None:
    assert clean_title(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "专家", " 专家 "])
def test_a_title_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="请填写聘任名称") as refused:
        clean_title(typed)
    assert refused.value.field == "title"


def test_a_title_is_as_long_as_its_column_at_most() -> None:
    assert clean_title("长" * TITLE_LENGTH + "专家") == "长" * TITLE_LENGTH
    with pytest.raises(Invalid, match=str(TITLE_LENGTH)):
        clean_title("长" * (TITLE_LENGTH + 1))


@pytest.mark.parametrize(
    ("serial", "number"),
    [
        (1, "YNS20201015001"),
        (42, "YNS20201015042"),
        (999, "YNS20201015999"),
        (1000, "YNS202010151000"),
        (10000, "YNS2020101510000"),
    ],
)
def test_r16_number_is_prefix_day_and_serial_of_three_digits_or_more(serial: int, number: str) -> None:
    assert certificate_number("YNS", date(2020, 10, 15), serial) == number


def test_r16_number_pads_month_and_day() -> None:
    assert certificate_number("KMS", date(2021, 1, 5), 7) == "KMS20210105007"
