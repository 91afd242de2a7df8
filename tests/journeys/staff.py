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

PROVINCE, KUNMING, DALI = "530000", "530100", "532900"
STAFF = (
    ("shenhe", "王处长", PROVINCE, "危险化学品", roles.REVIEWER, "530102197001010039"),
    ("beian", "李科信", PROVINCE, "科技和信息化", roles.FILER, "530102197002020029"),
    ("chakan", "赵查看", PROVINCE, "政策法规", roles.STAFF, None),
    ("km.shenhe", "孙科长", KUNMING, "危险化学品", roles.REVIEWER, "530102197003030039"),
    ("dl.chakan", "周大理", DALI, "危险化学品", roles.STAFF, None),
    ("admin", "管理员", PROVINCE, "科技和信息化", roles.ADMINISTRATOR, None),
)


def main(password: str) -> None:
    """Adds the accounts."""
    hashed = generate_password_hash(password, "pbkdf2:sha256:1000")
    with create_app().app_context():
        for username, name, region, department, role, id_number in STAFF:
            place = db.session.scalars(
                select(Department)
                .join(Organization)
                .where(Organization.region_code == region, Department.name.startswith(department))
            ).one()
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
