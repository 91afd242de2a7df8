"""The words and numbers of a certificate (R16, R17)."""

from __future__ import annotations

import re
from datetime import date

from app.domain.errors import Invalid

TITLE_LENGTH = 60
SUFFIX = "专家"

_LEVEL = re.compile(r"(?:自治区|地区|.)$")
_SPACES = re.compile(r"\s+")


def level(region_name: str) -> str:
    """What a region is called by: the last character of its name, 省, 市, 州, 县 or 区; 自治区 and 地区 whole."""
    found = _LEVEL.search(region_name)
    return found[0] if found else ""


def proposed_title(region_name: str, industry_short_name: str, speciality_name: str) -> str:
    """Level, industry, speciality: 省化工-防火防爆. The text of the certificate adds 专家."""
    return f"{level(region_name)}{industry_short_name}-{speciality_name}"[:TITLE_LENGTH]


def clean_title(text: str) -> str:
    """The reviewer's wording without spaces around it and without the 专家 that the text adds.

    Raises ``Invalid`` where nothing is left, or more than ``TITLE_LENGTH`` characters.
    """
    title = _SPACES.sub(" ", text).strip().removesuffix(SUFFIX).rstrip()
    if not title:
        raise Invalid("请填写聘任名称。", field="title")
    if len(title) > TITLE_LENGTH:
        raise Invalid(f"聘任名称不能超过{TITLE_LENGTH}个字。", field="title")
    return title


def certificate_number(prefix: str, day: date, serial: int) -> str:
    """Prefix, date of filing, serial of that prefix and day from 001: YNS20201015001; 1000 follows 999."""
    return f"{prefix}{day:%Y%m%d}{serial:03d}"
