"""The filters of 专家信息, 申报记录 and 聘书 that reach beyond the row's own columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select

from app.domain.states import EXPIRED_LABEL, CertificateStatus
from app.domain.statistics import BANDS, WAITS, born_within
from app.domain.validity import today_in_shanghai
from app.models import Application, Certificate, Department, Expert, Field, Industry, Region, Speciality, Transition
from app.models.columns import field_of
from app.models.expert import expert_speciality
from app.models.region import LEVELS
from app.policies.roles import READ_EXPERTS
from app.policies.scope import sight
from app.policies.sight import Sight
from app.services.reminders import ending_within
from app.services.statistics_cases import DECISIONS, WAITED, waited
from app.views import current
from app.views.filters import ListFilter, choice_filter, date_filters, start_filter

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


def _aged(band: str) -> ColumnElement[bool]:
    return Expert.birth_date.between(*born_within(band, today_in_shanghai()))


def _of_level(level: str) -> ColumnElement[bool]:
    return Expert.region_code.in_(select(Region.code).where(Region.level == int(level)))


def _at_home(value: str) -> ColumnElement[bool]:
    seen = sight(current.actor(), READ_EXPERTS)
    if seen is None:
        return false()
    abroad = Expert.id.in_(seen.elsewhere())
    return abroad if value == ABROAD else not_(abroad)


def _abroad(value: str) -> Select[Any] | None:
    seen = sight(current.actor(), READ_EXPERTS)
    return seen.elsewhere() if seen is not None and value == ABROAD else None


def _stepped(*clauses: ColumnElement[bool]) -> Select[Any]:
    return select(Transition.application_id).where(*clauses)


def _of_who_lives_in(expert_id: Any) -> ListFilter:
    """The rows of experts by where they live."""
    return ListFilter(
        "region", "专家所在地区", "ajax",
        lambda region: expert_id.in_(select(Expert.id).where(_in_region(region))),
        target=Region, narrow=Sight.living_in,
    )  # fmt: skip


ABROAD = "0"
WAITED_DAYS = {label: (low, high) for label, low, high in WAITS}
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
    choice_filter("education_level", field_of(Expert.education_level), Expert.education_level),
    ListFilter(
        "age", "年龄", "select", _aged, tuple((band, band) for band in BANDS), column=Expert.birth_date,
    ),
    ListFilter(
        "level", "地区填到", "select", _of_level, tuple((str(n), name) for n, name in enumerate(LEVELS)),
        keys=lambda value: select(Expert.id).where(_of_level(value)), exact=lambda _value: True,
    ),
    ListFilter(
        "home", "居住地", "select", _at_home, (("1", "本地区"), (ABROAD, "其他地区")),
        keys=_abroad, exact=lambda _value: True,
    ),
)  # fmt: skip

CASE_FILTERS = (
    _of_who_lives_in(Application.expert_id),
    ListFilter(
        "act", "办理环节", "select", Transition.action.__eq__, tuple((act.value, label) for act, label in DECISIONS),
        through=_stepped, joint=True,
    ),
    *(replace(day, column=None, through=_stepped) for day in date_filters("acted", "办理日期", Transition.at)),
)  # fmt: skip
"""Of 申报记录: whose they are, and what was done about them when."""


def certificate_filters(reminders: Sequence[int]) -> tuple[ListFilter, ...]:
    """Those of 聘书; an end is near at the days at which it is told of."""

    def ending(value: str) -> ColumnElement[bool]:
        return ending_within(int(value), today_in_shanghai())

    near = tuple((str(days), f"{days}日内到期") for days in reminders)

    def waiting(value: str) -> tuple[ColumnElement[bool], Select[int]]:
        return waited(*WAITED_DAYS[value])

    return (
        start_filter("number", "证书编号（从头输入）", Certificate.number),
        ListFilter("status", "状态", "select", certificate_status, STATUSES, column=Certificate.status),
        ListFilter("ending", "到期", "select", ending, near, column=Certificate.status),
        _of_who_lives_in(Certificate.expert_id),
        ListFilter(
            WAITED,
            "从申报到聘书",
            "select",
            lambda value: waiting(value)[0],
            tuple((label, label) for label in WAITED_DAYS),
            keys=lambda value: waiting(value)[1],
            exact=lambda _value: True,
        ),
    )
