"""Passwords that guessers try first are refused by rule, and good ones are not."""

from __future__ import annotations

import random
import string

import pytest

from app.domain.identity import PasswordRule, password_problem

STAFF = PasswordRule(10, 3)


@pytest.mark.parametrize(
    "password",
    ["zhangwei123456", "Zhangwei1990", "liming19900101", "19881212wangfang", "OuyangXiu2020", "zhangwei123456!",
     "1qaz2wsx3edc", "1qaz@WSX3edc", "!QAZ2wsx#EDC", "qwertyuiop123", "poiuytrewq", "qwer1234!@#$", "1q2w3e4r5t6y",
     "q1w2e3r4t5y6", "zaq12wsxcde3", "asdfghjkl2026", "abcdefg2024", "1990010120260101", "woaini5201314",
     "kunming2026", "Yunnan123456!", "admin888888", "Admin123456", "password2026", "P@ssw0rd2026", "passw0rd123!",
     "abc12abc12", "ab1!ab1!ab1!", "13987654321", "53010219800101123x", "147258369147", "aaa111bbb222", "00000000001234"],
)  # fmt: skip
def test_what_guessers_try_first_is_refused(password: str) -> None:
    assert password_problem(password, about=()) == "这个密码太常见，容易被猜到，请换一个。"


@pytest.mark.parametrize(
    "password",
    ["Yingji@2026", "correct horse battery", "My-own-words-92", "翠湖边的海鸥飞来了呀", "teadog7391xyzzy",
     "k7mp-x2qd-9fth", "x8!kQ2@pLm", "xiaguanfenghuaxueyue", "8305917264"],
)  # fmt: skip
def test_what_takes_guessers_long_will_do(password: str) -> None:
    assert password_problem(password, about=()) is None


def test_hardly_any_random_password_is_taken_for_a_common_one() -> None:
    rng = random.Random(7)
    letters = string.ascii_letters + string.digits
    refused = [word for word in ("".join(rng.choices(letters, k=12)) for _ in range(3000)) if password_problem(word, about=())]  # fmt: skip
    assert len(refused) <= 3


@pytest.mark.parametrize(
    "password", ["correcthorsebattery", "CorrectHorseBattery", "8305917264", "翠湖边的海鸥飞来了呀2026"]
)
def test_staff_need_three_kinds_of_characters(password: str) -> None:
    assert password_problem(password, about=()) is None
    assert password_problem(password, about=(), rule=STAFF) == "密码须包含大写字母、小写字母、数字、符号中的至少三种。"


@pytest.mark.parametrize("password", ["Yingji@2026", "correct-horse-42", "CorrectHorse42", "翠湖HaiOu2"])
def test_three_kinds_are_enough(password: str) -> None:
    assert password_problem(password, about=(), rule=PasswordRule(8, 3)) is None


def test_the_length_is_that_of_the_rule() -> None:
    assert password_problem("x8!kQ2@pLm", about=(), rule=PasswordRule(11)) == "密码至少需要11个字符。"
    assert "至少 11 个字符" in PasswordRule(11).words
    assert "至少有三种" in STAFF.words


def test_a_long_password_is_judged_at_once() -> None:
    """The judgement takes time by the length, and so does not serve to keep the server busy."""
    assert password_problem("123qwe" * 20 + "ß!kQ2@pL", about=()) is None
