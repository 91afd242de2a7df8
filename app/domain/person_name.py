"""A person's name: cleaned as it is kept, made alike for comparing, and hidden but for the family name."""

from __future__ import annotations

import re
import unicodedata

from app.domain.errors import Invalid
from app.domain.ideographs import is_ideograph

NAME_LENGTH = 40
"""Characters of a name at most."""

MIDDLE_DOT = "·"
_OTHER_DOTS = "•‧・∙⋅●"
_SEPARATORS = f" {MIDDLE_DOT}.-'"
_UNSEEN = {"Cc", "Cf", "Cs"}
_CODE = re.compile(r"[UuＵｕ][+＋]([0-9A-Fa-f]{4,5})(?![0-9A-Fa-f])")

# fmt: off
_OF_TWO_CHARACTERS = frozenset((
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊",
    "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文",
    "司徒", "鲜于", "司空", "闾丘", "亓官", "司寇", "巫马", "颛孙", "漆雕", "乐正", "拓跋", "轩辕", "令狐", "百里",
    "呼延", "东郭", "南门", "西门", "左丘", "梁丘", "第五", "南荣", "即墨", "达奚",
))
# fmt: on
"""Family names of two characters: those of 百家姓 that are borne today."""


def with_middle_dots(text: str) -> str:
    """``text`` with one dot between the parts of other nations' names, whichever a keyboard has."""
    return "".join(MIDDLE_DOT if character in _OTHER_DOTS else character for character in text)


def written_out(text: str) -> str:
    """``text`` with the ideograph in the place of its code point: ``王U+2CB76`` for who cannot type 𬭶.

    A code that is no ideograph of GB 18030 stays as it is.
    """

    def character(found: re.Match[str]) -> str:
        named = chr(int(found[1], 16))
        return named if is_ideograph(named) else found[0]

    return _CODE.sub(character, text)


def clean_name(text: str) -> str:
    """A person's name: any letters, with the middle dot of other nations' names.

    Raises ``Invalid`` for a blank, too long or unprintable one.
    """
    name = with_middle_dots(written_out(" ".join(text.split())))
    if not name:
        raise Invalid("请填写姓名。", field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"姓名不能超过{NAME_LENGTH}个字。", field="name")
    if not all(_is_letter(character) or character in " ·.-'" for character in name) or not _is_letter(name[0]):
        raise Invalid("姓名只能包含文字和间隔号“·”，请检查是否有数字或符号。", field="name")
    return name


def _is_letter(character: str) -> bool:
    # Python's tables of letters end before the newest ideographs.
    return character.isalpha() or is_ideograph(character)


def comparable(text: str) -> str:
    """What two writings of a name, or of a certificate's number, have in common.

    An ideograph may be written as its code point. Full-width becomes ASCII, letters small; blanks and
    invisible characters go, dots are one; every ideograph stays what it is (𠮷 is not 吉). The result is for
    comparing alone.
    """
    folded = with_middle_dots(unicodedata.normalize("NFKC", written_out(text))).replace(".", MIDDLE_DOT)
    seen = (c for c in folded if not c.isspace() and unicodedata.category(c) not in _UNSEEN)
    return "".join(seen).casefold()


def masked_name(name: str) -> str:
    """The family name and a star for each further character: ``张*``, ``欧阳**``, ``阿***·***``.

    Of a name of one character, and of a foreign name past its first letter, nothing is left but the shape.
    """
    shown = 2 if len(name) > 2 and name[:2] in _OF_TWO_CHARACTERS else min(1, len(name) - 1)
    return name[:shown] + "".join(c if c in _SEPARATORS else "*" for c in name[shown:]) if name else ""
