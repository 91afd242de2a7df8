"""聘书预览: a certificate that is nobody's, drawn to be looked at. Nothing is written and no number is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from flask import current_app

from app.documents.data import CertificateData
from app.domain.design import Design
from app.domain.validity import last_day, today_in_shanghai
from app.models import Organization

STAMP = "预览"
"""Stands across the page: a specimen is not mistaken for a certificate."""
YEARS = 10


@dataclass(frozen=True)
class Sample:
    """An invented person. ``title`` lacks the level that it begins with; ``years`` of ``None`` is 长期."""

    label: str
    name: str
    title: str
    years: int | None = YEARS


SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "plain": Sample("一般", "张三", "化工-防爆"),
        "long": Sample(
            "文字很长",
            "阿卜杜热合曼·买买提艾力·阿布都克里木",
            "非煤矿山-金属非金属地下矿山通风防尘与提升运输安全及尾矿库安全监测预警和应急救援技术装备综合评价",
            None,
        ),
        "rare": Sample("生僻字", "𬱖龘㛃", "化工-𫓧爆"),
    }
)
"""By key, in the order of the screen."""


def of(
    organization: Organization, design: Design, *, name: str, body: str, title: str, first: date, last: date | None
) -> CertificateData:
    """What would be printed for these words today, without a number, and with a code that stands for none."""
    today = today_in_shanghai()
    return CertificateData(
        name=name,
        body=body,
        title=title,
        number=f"{organization.prefix}{today:%Y%m%d}×××",
        valid_from=first,
        valid_to=last,
        issued=today,
        stamp=STAMP,
        check_url=f"{current_app.config['PUBLIC_URL']}/check/{'-' * 22}",
        design=design,
    )


def sample_of(organization: Organization, design: Design, key: str) -> CertificateData:
    """One of the samples; an unknown ``key`` is the first. The organization's own name is the appointing body."""
    sample, today = SAMPLES.get(key) or SAMPLES["plain"], today_in_shanghai()
    last = None if sample.years is None else last_day(today, sample.years)
    title = f"{organization.region.name[-1]}{sample.title}"
    return of(organization, design, name=sample.name, body=organization.name, title=title, first=today, last=last)
