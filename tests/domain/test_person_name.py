"""A person's name: what makes two writings the same, and what a stranger is shown of it."""

from __future__ import annotations

import pytest

from app.domain.person_name import comparable, masked_name, with_middle_dots


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("欧阳文忠", "欧阳**"),
        ("欧阳", "欧*"),
        ("欧文", "欧*"),
        ("阿卜杜拉·买买提", "阿***·***"),
        ("𠮷野", "𠮷*"),
        ("𬱖", "*"),
        ("John Smith", "J*** *****"),
        ("", ""),
    ],
)
def test_a_stranger_sees_the_family_name_and_how_long_the_rest_is(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (" 张　三\u200b", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉･买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("ＪＯＨＮ smith", "John Smith"),
        ("ｙｎｓ２０２０１０１５ 001", "YNS20201015001"),
        ("\u202dYNS20201015001\u202c", "YNS20201015001"),
    ],
)
def test_two_writings_of_the_same_are_alike(typed: str, printed: str) -> None:
    assert comparable(typed) == comparable(printed)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("张山", "张三"), ("吉野", "𠮷野"), ("张", "张三"), ("阿卜杜拉买买提", "阿卜杜拉·买买提"), ("", "张三")],
)
def test_another_name_is_another(typed: str, printed: str) -> None:
    assert comparable(typed) != comparable(printed)


def test_every_keyboards_dot_is_the_middle_dot() -> None:
    assert with_middle_dots("a•b‧c・d∙e⋅f●g·h") == "a·b·c·d·e·f·g·h"
