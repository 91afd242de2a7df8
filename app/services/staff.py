"""Opening an account for a 政府用户 from outside the screens: the first administrator, the samples."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.domain.errors import Invalid
from app.domain.identity import USERNAME, USERNAME_RULE
from app.domain.person_name import clean_name
from app.extensions import db
from app.models import Account, Department, Organization
from app.models.types import now
from app.services import accounts, audit, rows, texts
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class NewStaff:
    """What is needed for an account. ``roles`` by name; ``password_hash`` from ``passwords.hashed``."""

    username: str
    name: str
    department_id: int
    roles: tuple[str, ...]
    password_hash: str = field(repr=False)
    id_number: str | None = field(default=None, repr=False)


@transactional
def open_account(new: NewStaff, *, must_change: bool, by: str) -> Account:
    """Adds an account, for which ``by`` answers in 操作日志. Raises ``Invalid`` naming the field.

    ``must_change`` asks for another password at the first login: for who was given this one.
    """
    if not USERNAME.match(new.username):
        raise Invalid(f"用户名须{USERNAME_RULE}。", field="username")
    department = db.session.get(Department, new.department_id)
    if department is None or department.retired:
        raise Invalid("请选择所属部门。", field="department")
    roles = list(db.session.scalars(select(Role).where(Role.name.in_(new.roles))))
    if len(roles) != len(set(new.roles)):
        raise Invalid("没有这样的角色。请先运行 seed_taxonomy.py 载入基础数据。", field="roles")
    account = Account(
        first_name=clean_name(new.name),
        last_name="",
        username=new.username,
        active=True,
        password=new.password_hash,
        password_changed_at=now(),
        session_epoch=0,
        department=department,
        id_number=new.id_number,
    )
    rows.refuse_duplicate(account)
    db.session.add(account)
    account.roles = roles
    accounts.check_staff(account, None)
    account.must_change_password = must_change
    db.session.flush()
    given = {**texts.recorded(account), "角色": "、".join(new.roles)}
    audit.add("新增账号", f"账号#{account.id}", {"changes": texts.changes({}, given)}, name=by)
    return account


def departments_named(text: str) -> list[Department]:
    """The living departments whose organization and name, written together, hold ``text``; an exact one alone."""
    wanted = "".join(text.split())
    found = list(
        db.session.scalars(
            select(Department)
            .join(Department.organization)
            .options(contains_eager(Department.organization))
            .where(
                Department.retired.is_(False),
                Organization.retired.is_(False),
                (Organization.name + Department.name).contains(wanted, autoescape=True),
            )
            .order_by(Organization.region_code, Department.id)
        )
    )
    exact = [row for row in found if row.organization.name + row.name == wanted]
    return exact or found
