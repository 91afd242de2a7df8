"""The filters of 专家信息 and 聘书 that reach beyond the row's own columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from app.domain.states import EXPIRED_LABEL, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.models import Application, Certificate, Department, Expert, Field, Industry, Region, Speciality
from app.models.expert import expert_speciality
from app.policies.sight import Sight
from app.services.reminders import ending_within
from app.views.filters import ListFilter, date_filters, start_filter

VALID, EXPIRED, NONE = CertificateStatus.VALID.value, "expired", "none"
ENDED = {status.value: status for status in (CertificateStatus.TERMINATED, CertificateStatus.SUPERSEDED)}
STATUSES = (
    (VALID, CertificateStatus.VALID.label),
    (EXPIRED, EXPIRED_LABEL),
    *((value, status.label) for value, status in ENDED.items()),
)


def certificate_status(value: str) -> ColumnElement[bool]:
    """Certificates that people call 有效, 已失效, 已终止 or 已换发 today (R19)."""
    today = today_in_shanghai()
    if value in ENDED:
        return Certificate.status == ENDED[value]
    running = or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today)
    return and_(Certificate.status == CertificateStatus.VALID, running if value == VALID else not_(running))


def _in_region(region: Region) -> ColumnElement[bool]:
    return Expert.region_code.between(*region.span)


def _of(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    return lambda row: column == row.id


def _claiming(*clauses: ColumnElement[bool]) -> Select[Any]:
    claims = select(expert_speciality.c.expert_id).join(Speciality, Speciality.id == expert_speciality.c.speciality_id)
    return claims.join(Field, Field.id == Speciality.field_id).where(*clauses)


def _applied(*clauses: ColumnElement[bool]) -> Select[Any]:
    return select(Application.expert_id).where(*clauses)


def _certified(*clauses: ColumnElement[bool]) -> Select[Any]:
    return select(Certificate.expert_id).where(*clauses)


def _holds(value: str) -> ColumnElement[bool]:
    found = select(Certificate.id).where(Certificate.expert_id == Expert.id)
    return not_(found.exists()) if value == NONE else found.where(certificate_status(value)).exists()


FILED = date_filters("filed", "备案日期", Certificate.issued_on)

EXPERT_FILTERS = (
    ListFilter(
        "region", "所在地区", "ajax", _in_region, target=Region, column=Expert.region_code, narrow=Sight.living_in
    ),
    ListFilter("industry", "行业类别", "ajax", _of(Field.industry_id), target=Industry, through=_claiming),
    ListFilter("field", "重点领域", "ajax", _of(Field.id), target=Field, through=_claiming),
    ListFilter("specialities", "专业类别", "ajax", _of(Speciality.id), target=Speciality, through=_claiming),
    ListFilter("department", "申报部门", "ajax", _of(Application.department_id), target=Department, through=_applied),
    ListFilter(
        "certificate", "聘书状态", "select", _holds, (*STATUSES, (NONE, "无聘书")),
        keys=lambda value: None if value == NONE else _certified(certificate_status(value)),
    ),
    *(replace(day, column=None, through=_certified) for day in FILED),
    ListFilter(
        "approved", "审核通过", "select", lambda value: Expert.approved.is_(value == "1"),
        (("1", "已通过"), ("0", "尚未通过")), narrow=lambda seen, value: seen.with_approved(value == "1"),
    ),
)  # fmt: skip


def certificate_filters(reminders: Sequence[int]) -> tuple[ListFilter, ...]:
    """Those of 聘书; an end is near at the days at which it is told of."""

    def ending(value: str) -> ColumnElement[bool]:
        return ending_within(int(value), today_in_shanghai())

    near = tuple((str(days), f"{days}日内到期") for days in reminders)
    return (
        start_filter("number", "证书编号（从头输入）", Certificate.number),
        ListFilter("status", "状态", "select", certificate_status, STATUSES, column=Certificate.status),
        ListFilter("ending", "到期", "select", ending, near, column=Certificate.status),
    )
