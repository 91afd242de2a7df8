"""Invented people: officials with roles, experts with profiles. All need an application context.

The numbers are made up by counting and carry right check characters; areas and births are arbitrary.
"""

from __future__ import annotations

import io
from datetime import date
from functools import cache
from itertools import count
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from PIL import Image
from sqlalchemy import inspect, select
from werkzeug.security import generate_password_hash

from app.domain.identity import check_character
from app.extensions import db
from app.models import Account, Attachment, AttachmentKind, Department, Expert, Organization, Region, Speciality
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.policies.roles import EXPERT, STAFF
from app.services import actors, consents
from app.services.ports import ports

PROVINCE, KUNMING, WUHUA, QUJING, QILIN = "530000", "530100", "530102", "530300", "530302"
"""The province; a prefecture and a county of it; another prefecture and a county of that."""

CHEMICALS, MINES, SCIENCE = "危险化学品安全监督管理", "非煤矿山安全监督管理", "科技和信息化"
"""Two departments that review and the one that files, without the last character that tells their level."""

PASSWORD = "correct-horse-42"
"""Of everybody."""

_numbers = count(1)


@cache
def _password_hash() -> str:
    return generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")


def new_id_number(born: date = date(1975, 5, 20), sex: str = "男") -> str:
    """A resident ID number that nobody in this run has."""
    number = next(_numbers)
    serial = 2 * (number % 500) + (sex == "男")
    first_17 = f"{530000 + number // 500 % 1000:06d}{born:%Y%m%d}{serial:03d}"
    return first_17 + check_character(first_17)


def new_mobile() -> str:
    """A mobile number that nobody in this run has."""
    return f"139{next(_numbers):08d}"


def organization(region: str = PROVINCE) -> Organization:
    """The office of a region."""
    return db.session.scalars(select(Organization).where(Organization.region_code == region)).one()


def department(name: str = CHEMICALS, region: str = PROVINCE) -> Department:
    """A seeded department, by its name without 处 or 科."""
    return db.session.scalars(
        select(Department)
        .join(Department.organization)
        .where(Organization.region_code == region, Department.source_name.in_([name + "处", name + "科", name]))
    ).one()


def county_department(region: str = WUHUA, name: str = "综合股", **flags: Any) -> Department:
    """A new department of a county: seeding gives counties none."""
    made = Department(organization=organization(region), name=name, **flags)
    db.session.add(made)
    db.session.commit()
    return made


def speciality(name: str = "防火防爆") -> Speciality:
    """The first speciality of this name."""
    return db.session.scalars(select(Speciality).where(Speciality.name == name).order_by(Speciality.id)).all()[0]


def roles(*names: str) -> list[Role]:
    """The roles of these names."""
    return [db.session.scalars(select(Role).where(Role.name == name)).one() for name in names]


def staff(*role_names: str, at: Department | None = None, name: str = "李科员", **fields: Any) -> Account:
    """A 政府用户 with these roles, 政府用户 by default, at the province's department for chemicals by default.

    ``fields`` go to the account: ``username``, ``id_number`` (one of the person's own by default), ``mobile``.
    """
    number = next(_numbers)
    values: dict[str, Any] = {
        "username": f"staff{number}",
        "id_number": new_id_number(),
        "password": _password_hash(),
        "active": True,
        "must_change_password": False,
        "session_epoch": 0,
        **fields,
    }
    account = Account(
        first_name=name, last_name="", department=at or department(), roles=roles(*(role_names or (STAFF,))), **values
    )
    db.session.add(account)
    db.session.commit()
    return account


def expert(region: str | None = WUHUA, *, name: str = "张三", complete: bool = True, **fields: Any) -> Expert:
    """A registered expert. A complete one has every required field, a photo, and the employer's consent.

    ``fields`` go to the profile over what is filled in by default; ``user`` may be a staff account.
    """
    account = fields.pop("user", None)
    born = fields.get("birth_date", date(1975, 5, 20))
    sex = fields.get("sex", "男")
    values: dict[str, Any] = {
        "id_number": new_id_number(born, sex),
        "mobile": new_mobile(),
        "birth_date": born,
        "sex": sex,
        **(_profile(region) if complete else {}),
        **fields,
    }
    if account is None:
        account = Account(
            first_name=name,
            last_name="",
            username=f"expert-{next(_numbers)}",
            password=_password_hash(),
            active=True,
            must_change_password=False,
            session_epoch=0,
            roles=roles(EXPERT),
        )
    made = Expert(user=account, name=name, **values)
    db.session.add(made)
    db.session.flush()
    consents.record(account.id)
    if complete:
        attach(made, AttachmentKind.PHOTO, "照片.jpg", picture(), "image/jpeg")
        attach(made, AttachmentKind.CONSENT, "单位同意.pdf", b"%PDF-1.4 consent", "application/pdf")
    db.session.commit()
    return made


def _profile(region: str | None) -> dict[str, Any]:
    """What an expert types: a few likely values, and something for whatever else is required."""
    values: dict[str, Any] = {
        "region": db.session.get(Region, region) if region else None,
        "employer": "云南某化工有限公司",
        "title_level": "正高级",
        "specialities": [speciality()],
        "strengths": "危险化学品事故调查与处置。",
    }
    columns = inspect(Expert).columns
    likely = {date: date(1998, 7, 1), int: 20, str: "安全工程"}
    for name, field in all_fields(Expert).items():
        if field.required and not field.fixed and name not in values:
            values[name] = field.choices[0] if field.choices else likely[columns[name].type.python_type]
    return values


def attach(owner: Expert, kind: AttachmentKind, filename: str, data: bytes, content_type: str) -> Attachment:
    """A file of an expert's, as an upload leaves it, in the caller's transaction."""
    made = Attachment(
        expert_id=owner.id,
        kind=kind,
        filename=filename,
        content_type=content_type,
        size=len(data),
        digest=ports().storage.put(data),
    )
    db.session.add(made)
    return made


@cache
def picture(width: int = 300, height: int = 400) -> bytes:
    """A portrait that the upload accepts, as JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (120, 140, 160)).save(out, "JPEG")
    return out.getvalue()


def actor(person: Account | Expert) -> Actor:
    """The actor that the person's login stands for, read anew."""
    return actors.actor_of(person.user if isinstance(person, Expert) else person)
