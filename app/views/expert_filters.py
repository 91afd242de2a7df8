"""The filters of 专家信息 and 聘书 that reach beyond the row's own columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select

from app.domain.states import EXPIRED_LABEL, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.models import Application, Certificate, Department, Expert, Field, Industry, Region, Speciality
from app.models.expert import expert_speciality
from app.services.desk import has_approved_case
from app.services.reminders import ending_within
from app.views.filters import ListFilter, date_filters

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


def _claims(*clauses: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(expert_speciality.c.expert_id)
        .join(Speciality, Speciality.id == expert_speciality.c.speciality_id)
        .join(Field, Field.id == Speciality.field_id)
        .where(expert_speciality.c.expert_id == Expert.id, *clauses)
        .exists()
    )


def _applied_to(department: Department) -> ColumnElement[bool]:
    return (
        select(Application.id)
        .where(Application.expert_id == Expert.id, Application.department_id == department.id)
        .exists()
    )


def _holds(value: str) -> ColumnElement[bool]:
    own = select(Certificate.id).where(Certificate.expert_id == Expert.id)
    return not_(own.exists()) if value == NONE else own.where(certificate_status(value)).exists()


def _filed(item: ListFilter) -> ListFilter:
    inner = item.clause

    def clause(value: Any) -> ColumnElement[bool]:
        return select(Certificate.id).where(Certificate.expert_id == Expert.id, inner(value)).exists()

    return ListFilter(item.name, item.label, item.kind, clause)


EXPERT_FILTERS = (
    ListFilter("region", "所在地区", "ajax", _in_region, target=Region),
    ListFilter("industry", "行业类别", "ajax", lambda row: _claims(Field.industry_id == row.id), target=Industry),
    ListFilter("field", "重点领域", "ajax", lambda row: _claims(Field.id == row.id), target=Field),
    ListFilter("specialities", "专业类别", "ajax", lambda row: _claims(Speciality.id == row.id), target=Speciality),
    ListFilter("department", "申报部门", "ajax", _applied_to, target=Department),
    ListFilter("certificate", "聘书状态", "select", _holds, (*STATUSES, (NONE, "无聘书"))),
    *(_filed(item) for item in date_filters("filed", "备案日期", Certificate.issued_on)),
    ListFilter(
        "approved",
        "审核通过",
        "select",
        lambda value: has_approved_case() if value == "1" else not_(has_approved_case()),
        (("1", "已通过"), ("0", "尚未通过")),
    ),
)


def certificate_filters(reminders: Sequence[int]) -> tuple[ListFilter, ...]:
    """Those of 聘书; an end is near at the days at which it is told of."""

    def ending(value: str) -> ColumnElement[bool]:
        return ending_within(int(value), today_in_shanghai())

    near = tuple((str(days), f"{days}日内到期") for days in reminders)
    return (
        ListFilter("status", "状态", "select", certificate_status, STATUSES),
        ListFilter("ending", "到期", "select", ending, near),
    )
