"""R23 resident ID numbers, R24 mobiles, masks, and passwords that give nobody away."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from app.domain.errors import Invalid
from app.domain.identity import (
    check_character,
    mask_id_number,
    mask_mobile,
    parse_either,
    parse_id_number,
    parse_mobile,
    password_problem,
)

TODAY = date(2026, 11, 24)
# The two worked examples of GB 11643-1999.
STANDARD_EXAMPLES = ("11010519491231002X", "440524188001010014")


def number(area: str = "530102", born: str = "19800101", order: str = "123") -> str:
    first = area + born + order
    return first + check_character(first)


def refusal(text: str, today: date = TODAY) -> str:
    with pytest.raises(Invalid) as caught:
        parse_id_number(text, today)
    assert caught.value.field == "id_number"
    return caught.value.message


@pytest.mark.parametrize("value", STANDARD_EXAMPLES)
def test_r23_examples_of_the_standard_pass(value: str) -> None:
    assert parse_id_number(value, TODAY).value == value


def test_r23_reads_birth_date_and_sex() -> None:
    woman = parse_id_number(STANDARD_EXAMPLES[0], TODAY)
    assert (woman.birth_date, woman.sex) == (date(1949, 12, 31), "女")
    man = parse_id_number(STANDARD_EXAMPLES[1], TODAY)
    assert (man.birth_date, man.sex) == (date(1880, 1, 1), "男")


def test_r23_any_number_made_by_the_standard_passes_whatever_its_area() -> None:
    rng = random.Random(23)
    for _ in range(3000):
        born = date(1930, 1, 1) + timedelta(days=rng.randrange(35_000))
        order = rng.randrange(1000)
        value = number(f"{rng.randrange(1_000_000):06}", f"{born:%Y%m%d}", f"{order:03}")
        found = parse_id_number(value, TODAY)
        assert found.birth_date == born
        assert found.sex == ("男" if order % 2 else "女")


@pytest.mark.parametrize("area", ["810000", "820000", "830000", "911156", "000000", "533222", "532932"])
def test_r23_area_code_is_never_a_reason_to_refuse(area: str) -> None:
    assert parse_id_number(number(area), TODAY).value.startswith(area)


def test_r23_every_single_wrong_digit_and_most_swaps_are_caught() -> None:
    value = number()
    for place in range(18):
        for other in "0123456789":
            if other != value[place]:
                refusal(value[:place] + other + value[place + 1 :])
    for place in range(17):
        swapped = value[:place] + value[place + 1] + value[place] + value[place + 2 :]
        if swapped != value:
            refusal(swapped)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "  11010519491231002X\t\n",
        "\u3000１１０１０５１９４９１２３１００２Ｘ\u3000",
        "１１０１０５１９４９１２３１００２ｘ",
        "\u202d11010519491231002X\u202c",
        "\ufeff11010519491231002X",
    ],
)
def test_r23_typing_habits_are_put_right(typed: str) -> None:
    assert parse_id_number(typed, TODAY).value == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "请填写"),
        (" \u3000 ", "请填写"),
        ("53010219800101123", "17位"),
        ("5301021980010112345", "19位"),
        ("530102800101123", "15位的旧身份证号"),
        ("1" * 1_000_000, "过长"),
        ("53010219800101123Y", "只能由数字"),
        ("530102 19800101 1234", "空格"),
        ("身份证号", "只能由数字"),
        ("٥٣٠١٠٢١٩٨٠٠١٠١١٢٣٤", "只能由数字"),
        ("53010219800101\x00123", "只能由数字"),
        ("5301021980X1011234", "前17位"),
        ("530102198002301234", "真实的日期"),
        ("530102198100001234", "真实的日期"),
        ("530102190002291234", "真实的日期"),
        ("530102000001011234", "真实的日期"),
    ],
)
def test_r23_each_fault_has_its_own_message(typed: str, part: str) -> None:
    assert part in refusal(typed)


def test_r23_wrong_check_character_is_named() -> None:
    right = number()
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    assert "校验" in refusal(wrong)


def test_r23_birth_date_may_be_today_and_not_tomorrow() -> None:
    assert parse_id_number(number(born="20261124"), TODAY).birth_date == TODAY
    assert "晚于今天" in refusal(number(born="20261125"))


def test_r23_leap_day_is_a_date() -> None:
    assert parse_id_number(number(born="20000229"), TODAY).birth_date == date(2000, 2, 29)


def test_r23_neither_message_nor_repr_gives_the_number_away() -> None:
    value = number()
    assert value[:17] not in refusal(value[:17] + "Y")
    shown = repr(parse_id_number(value, TODAY))
    assert value not in shown
    assert "1980" not in shown


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "+8613812345678",
        "+86 138 1234 5678",
        "+86-138-1234-5678",
        "008613812345678",
        "8613812345678",
        "１３８１２３４５６７８",
        "＋８６　１３８１２３４５６７８",
        "\u202d13812345678\u202c",
        "138\u00a01234\u20115678",
    ],
)
def test_r24_typing_habits_are_put_right(typed: str) -> None:
    assert parse_mobile(typed) == "13812345678"


def test_r24_every_beginning_from_13_to_19_passes_and_no_other() -> None:
    for prefix in range(10, 100):
        typed = f"{prefix}912345678"
        if 13 <= prefix <= 19:
            assert parse_mobile(typed) == typed
        else:
            with pytest.raises(Invalid):
                parse_mobile(typed)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "请填写"),
        (" - ", "请填写"),
        ("1381234567", "10位"),
        ("138123456789", "12位"),
        ("12012345678", "13至19"),
        ("02163456789", "13至19"),
        ("1381234567a", "只能由数字"),
        ("+85291234567", "只能由数字"),
        ("١٣٨١٢٣٤٥٦٧٨", "只能由数字"),
        ("1" * 1000, "过长"),
    ],
)
def test_r24_each_fault_has_its_own_message(typed: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_mobile(typed)
    assert part in caught.value.message
    assert caught.value.field == "mobile"


def test_masks_keep_the_ends() -> None:
    assert mask_id_number("530102198001011234") == "530102********1234"
    assert mask_mobile("13812345678") == "138****5678"


def test_masks_show_nothing_of_what_they_do_not_know() -> None:
    assert (mask_id_number("12345"), mask_mobile("123456")) == ("*****", "******")
    assert (mask_id_number(""), mask_mobile("")) == ("", "")


ABOUT = ("530102198001011234", "13812345678", "李建国", "", "王")


@pytest.mark.parametrize(
    "password", ["红河水库-防汛2026", "correct horse battery", "x8!kQ2@pLm", "王维山居秋暝空山新雨"]
)
def test_password_that_will_do(password: str) -> None:
    assert password_problem(password, about=ABOUT) is None


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("", "请填写"),
        ("x8!kQ2@pL", "至少需要10"),
        ("ab1!" * 33, "最多128"),
        ("aaaaaaaaaaaa", "不同的字符"),
        ("121212121212", "不同的字符"),
        ("1234567890", "太常见"),
        ("QwertyUIOP", "太常见"),
        ("１２３４５６７８９０", "太常见"),
        ("我是李建国2026年", "姓名"),
        ("a13812345678", "手机号"),
        ("530102198001011234ab", "身份证号"),
        ("0219800101", "身份证号"),
        ("x8!kQ2@pLm\x00", "控制字符"),
        ("x8!kQ2@pLm\ud800", "控制字符"),
    ],
)
def test_password_that_will_not_do_says_why(password: str, part: str) -> None:
    assert part in str(password_problem(password, about=ABOUT))


def test_password_of_the_longest_length_will_do() -> None:
    assert password_problem("".join(map(chr, range(0x4E00, 0x4E80))), about=ABOUT) is None


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("11010519491231002X", "id_number", "11010519491231002X"),
        (" 110105 19491231 002x ", "id_number", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２ｘ", "id_number", "11010519491231002X"),
        ("110105-19491231-002X", "id_number", "11010519491231002X"),
        ("\u202d440524188001010014\u202c", "id_number", "440524188001010014"),
        ("13800138000", "mobile", "13800138000"),
        (" 138 0013 8000 ", "mobile", "13800138000"),
        ("+86 138-0013-8000", "mobile", "13800138000"),
        ("008613800138000", "mobile", "13800138000"),
        ("8613800138000", "mobile", "13800138000"),
        ("＋86 138\u30000013\u30008000", "mobile", "13800138000"),
    ],
)
def test_either_number_is_told_by_its_length_however_it_is_typed(typed: str, kind: str, value: str) -> None:
    assert parse_either(typed, TODAY) == (kind, value)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写要查找的号码。"), (" \u3000 ", "请填写要查找的号码。"), ("张三", "只能由数字组成"),
        ("1380013800", "您输入了10位"), ("138001380001", "您输入了12位"), ("11010519491231002", "您输入了17位"),
        ("1101051949123100222", "您输入了19位"), ("110105491231002", "15位的旧身份证号"),
        ("110105194912310021", "最后一位校验不符"), ("110105194913310021", "不是一个真实的日期"),
        ("110105209912310021", "晚于今天"), ("1101051949123100XX", "X只能是最后一位"),
        ("12800138000", "13至19开头"), ("+86 12800138000", "13至19开头"), ("1380013800x", "手机号只能由数字组成"),
        ("1\x003800138000", "只能由数字组成"), ("%" * 11, "只能由数字组成"), ("²" * 18, "不是一个真实的日期"), ("1" * 65, "过长"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_either_number_is_said(typed: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_either(typed, TODAY)
    assert words in caught.value.message
