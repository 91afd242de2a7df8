"""The sample officials: two prefectures, the province, one county, every role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.domain.duties import Duty
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Department, Organization
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import actors, delegations, staff
from app.services.samples import people
from app.services.unit_of_work import transactional

PROVINCE, KUNMING, DALI, WUHUA = "530000", "530100", "532900", "530102"
CHEMICALS, MINES, TECHNOLOGY = "危险化学品安全监督管理", "非煤矿山安全监督管理", "科技和信息化"
COUNTY_DEPARTMENT = "危险化学品安全监督管理股"
BY = "示例数据"
HEAD, COLLEAGUE = "yn.shenhe", "yn.chakan"
_SERIAL = 400
"""Behind the serials of the experts in the invented ID numbers."""


@dataclass(frozen=True)
class Official:
    """A sample 政府用户. ``department`` is how its name begins; ``born`` is kept for who decides, by 委托 too (R6)."""

    username: str
    name: str
    region: str
    department: str
    duty: str
    role: str
    sex: str = "男"
    born: date | None = None


OFFICIALS = (
    Official("admin", "杨晓东", PROVINCE, TECHNOLOGY, "系统管理员", ADMINISTRATOR),
    Official("yn.chakan", "李思雨", PROVINCE, CHEMICALS, "科员，受处长委托审核", STAFF, "女", date(1991, 4, 7)),
    Official("yn.shenhe", "周正清", PROVINCE, CHEMICALS, "处长", REVIEWER, "男", date(1972, 5, 16)),
    Official("yn.feimei", "孙立峰", PROVINCE, MINES, "处长", REVIEWER, "男", date(1974, 8, 9)),
    Official("yn.beian", "何雅琴", PROVINCE, TECHNOLOGY, "科信处备案人员", FILER, "女", date(1985, 3, 22)),
    Official("km.chakan", "赵文博", KUNMING, CHEMICALS, "科员", STAFF),
    Official("km.shenhe", "马丽华", KUNMING, CHEMICALS, "科长", REVIEWER, "女", date(1979, 11, 2)),
    Official("km.beian", "张启航", KUNMING, TECHNOLOGY, "科信科备案人员", FILER, "男", date(1990, 1, 27)),
    Official("dl.chakan", "杨玉梅", DALI, CHEMICALS, "科员", STAFF),
    # The same person as the expert of this name, who has applied to this very department: shows R6.
    Official("dl.shenhe", "段兴华", DALI, CHEMICALS, "科长，本人也是专家", REVIEWER, "男", date(1976, 6, 6)),
    Official("dl.beian", "赵吉祥", DALI, TECHNOLOGY, "科信科备案人员", FILER, "男", date(1988, 12, 8)),
    Official("wh.chakan", "陈雨桐", WUHUA, COUNTY_DEPARTMENT, "科员", STAFF),
    Official("wh.shenhe", "王志刚", WUHUA, COUNTY_DEPARTMENT, "股长", REVIEWER, "男", date(1980, 9, 30)),
    Official("wh.beian", "刘佳怡", WUHUA, COUNTY_DEPARTMENT, "备案人员", FILER, "女", date(1993, 4, 18)),
)


@transactional
def open_county_department() -> None:
    """Counties begin without departments, and somebody must stand in one."""
    organization = db.session.scalars(select(Organization).where(Organization.region_code == WUHUA)).one()
    here = Department.organization_id == organization.id
    if db.session.scalar(select(Department.id).where(here, Department.name == COUNTY_DEPARTMENT)) is None:
        db.session.add(Department(organization=organization, name=COUNTY_DEPARTMENT, receives=False, files=False))


def open_accounts(password_hash: str) -> None:
    """Adds the officials who are not there yet."""
    known = set(db.session.scalars(select(Account.username)))
    for serial, official in enumerate(OFFICIALS, _SERIAL):
        if official.username not in known:
            staff.open_account(
                staff.NewStaff(
                    username=official.username,
                    name=official.name,
                    department_id=department_id(official.region, official.department),
                    roles=(official.role,),
                    password_hash=password_hash,
                    id_number=_id_number(official, serial),
                ),
                must_change=False,
                by=BY,
            )


def lend() -> None:
    """The province's head of chemicals is away for two weeks, unless 委托 have been given already."""
    if db.session.scalar(select(Delegation.id).limit(1)) is not None:
        return
    head, colleague = (
        db.session.scalars(select(Account).where(Account.username == name)).one() for name in (HEAD, COLLEAGUE)
    )
    # The day it is now: since the samples were begun, midnight may have passed.
    today = today_in_shanghai()
    delegations.give(actors.actor_of(head), [Duty.REVIEW], colleague.id, today, today + timedelta(days=13))


def department_id(region: str, beginning: str) -> int:
    """The department of a region's organization whose seeded name begins so, or that was made above."""
    found: int = db.session.scalars(
        select(Department.id)
        .join(Department.organization)
        .where(
            Organization.region_code == region,
            db.func.coalesce(Department.source_name, Department.name).startswith(beginning),
        )
        .order_by(Department.id)
        .limit(1)
    ).one()
    return found


def _id_number(official: Official, serial: int) -> str | None:
    if official.born is None:
        return None
    twin = next((p for p in people.everybody() if (p.name, p.born) == (official.name, official.born)), None)
    return twin.id_number if twin else people.id_number(official.born, official.sex, serial)
