"""Staff for the journeys: python staff.py PASSWORD, in the environment of the site."""

from __future__ import annotations

import sys

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import create_app
from app.extensions import db
from app.models import Account, Department, Organization
from app.policies import roles

PROVINCE, KUNMING, WUHUA, QUJING, DALI = "530000", "530100", "530102", "530300", "532900"
STAFF = (
    ("shenhe", "王处长", PROVINCE, "危险化学品", roles.REVIEWER, "530102197001010039"),
    ("beian", "李科信", PROVINCE, "科技和信息化", roles.FILER, "530102197002020029"),
    ("chakan", "赵查看", PROVINCE, "政策法规", roles.STAFF, None),
    ("km.shenhe", "孙科长", KUNMING, "危险化学品", roles.REVIEWER, "530102197003030039"),
    ("km.kezhang", "何科长", KUNMING, "危险化学品", roles.REVIEWER, "530102197007070030"),
    ("km.beian", "吴科信", KUNMING, "科技和信息化", roles.FILER, "530102197004040020"),
    ("wh.chakan", "郑五华", WUHUA, "综合股", roles.STAFF, None),
    ("qj.shenhe", "冯曲靖", QUJING, "危险化学品", roles.REVIEWER, "530102197005050036"),
    ("dl.shenhe", "陈大理", DALI, "危险化学品", roles.REVIEWER, "530102197006060033"),
    ("dl.chakan", "周大理", DALI, "危险化学品", roles.STAFF, None),
    ("admin", "管理员", PROVINCE, "科技和信息化", roles.ADMINISTRATOR, None),
)


def _department(region: str, name: str) -> Department:
    """A seeded department, or a new one: counties begin with none."""
    office = db.session.scalars(select(Organization).where(Organization.region_code == region)).one()
    named = select(Department).where(Department.organization_id == office.id, Department.name.startswith(name))
    return db.session.scalars(named).one_or_none() or Department(organization=office, name=name)


def main(password: str) -> None:
    """Adds the accounts."""
    hashed = generate_password_hash(password, "pbkdf2:sha256:1000")
    with create_app().app_context():
        for username, name, region, department, role, id_number in STAFF:
            place = _department(region, department)
            granted = db.session.scalars(select(Role).where(Role.name == role)).one()
            db.session.add(
                Account(
                    first_name=name,
                    last_name="",
                    username=username,
                    password=hashed,
                    active=True,
                    department=place,
                    id_number=id_number,
                    roles=[granted],
                )
            )
        db.session.commit()


if __name__ == "__main__":
    main(sys.argv[1])
