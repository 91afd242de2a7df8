"""A person's name: made alike for comparing, and hidden but for the family name."""

from __future__ import annotations

import unicodedata

MIDDLE_DOT = "·"
_OTHER_DOTS = "•‧・∙⋅●"
_SEPARATORS = f" {MIDDLE_DOT}.-'"
_UNSEEN = {"Cc", "Cf", "Cs"}

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


def comparable(text: str) -> str:
    """What two writings of a name, or of a certificate's number, have in common.

    Full-width becomes ASCII, letters small; blanks and invisible characters go, dots are one; every
    ideograph stays what it is (𠮷 is not 吉). The result is for comparing alone.
    """
    folded = with_middle_dots(unicodedata.normalize("NFKC", text)).replace(".", MIDDLE_DOT)
    seen = (c for c in folded if not c.isspace() and unicodedata.category(c) not in _UNSEEN)
    return "".join(seen).casefold()


def masked_name(name: str) -> str:
    """The family name and a star for each further character: ``张*``, ``欧阳**``, ``阿***·***``.

    Of a name of one character, and of a foreign name past its first letter, nothing is left but the shape.
    """
    shown = 2 if len(name) > 2 and name[:2] in _OF_TWO_CHARACTERS else min(1, len(name) - 1)
    return name[:shown] + "".join(c if c in _SEPARATORS else "*" for c in name[shown:]) if name else ""
