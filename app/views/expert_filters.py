"""The filters of 专家信息 and 聘书 that reach beyond the row's own columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def _of_others(
    name: str, label: str, kind: str, people: Callable[[Any], Select[Any]], target: type[Any] | None = None
) -> ListFilter:
    """What ``people``, a selection of experts' ids out of another table, says of each."""

    def clause(value: Any) -> ColumnElement[bool]:
        found = people(value)
        return found.where(found.selected_columns[0] == Expert.id).exists()

    return ListFilter(name, label, kind, clause, target=target, keys=people)


def _claiming(*clauses: ColumnElement[bool]) -> Select[Any]:
    claims = select(expert_speciality.c.expert_id)
    return claims.where(
        expert_speciality.c.speciality_id.in_(select(Speciality.id).join(Speciality.field).where(*clauses))
    )


def _applied_to(department: Department) -> Select[Any]:
    return select(Application.expert_id).where(Application.department_id == department.id)


def _filed(item: ListFilter) -> ListFilter:
    def people(day: Any) -> Select[Any]:
        return select(Certificate.expert_id).where(item.clause(day))

    return _of_others(item.name, item.label, item.kind, people)


def _holding(value: str) -> Select[Any]:
    return select(Certificate.expert_id).where(certificate_status(value))


def _holds(value: str) -> ColumnElement[bool]:
    found = select(Certificate.id).where(Certificate.expert_id == Expert.id)
    return not_(found.exists()) if value == NONE else found.where(certificate_status(value)).exists()


EXPERT_FILTERS = (
    ListFilter(
        "region", "所在地区", "ajax", _in_region, target=Region, column=Expert.region_code, narrow=Sight.living_in
    ),
    _of_others("industry", "行业类别", "ajax", lambda row: _claiming(Field.industry_id == row.id), Industry),
    _of_others("field", "重点领域", "ajax", lambda row: _claiming(Field.id == row.id), Field),
    _of_others("specialities", "专业类别", "ajax", lambda row: _claiming(Speciality.id == row.id), Speciality),
    _of_others("department", "申报部门", "ajax", _applied_to, Department),
    ListFilter(
        "certificate", "聘书状态", "select", _holds, (*STATUSES, (NONE, "无聘书")),
        keys=lambda value: None if value == NONE else _holding(value),
    ),
    *(_filed(item) for item in date_filters("filed", "备案日期", Certificate.issued_on)),
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
