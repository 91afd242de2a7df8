"""Somebody for each form of the table, and a row for each address: all need an application context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import PermissionView, Role
from sqlalchemy import select

from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AuditEntry, FaqEntry, Feedback, Holiday, SmsMessage, SmsStatus, SmsTemplate
from app.policies.roles import ADMINISTRATOR, EXPORT_FULL, FILER, REVIEWER, STAFF
from app.services import accounts, codes, second_factor
from app.services.roles import pair_of
from tests.support import cases, changes, entry, lending, people, workbooks
from tests.support.browser import Browser
from tests.support.form_table import Form
from tests.support.frozen import Frozen


@dataclass
class World:
    """A browser for each sort of person, and what stands in the braces of the table."""

    app: Flask
    browsers: dict[str, Browser]
    ids: dict[str, Any]

    def address(self, form: Form) -> str:
        """Where the form is sent."""
        return form.url.format(**self.ids)

    def page(self, form: Form) -> str:
        """Where the form stands; "" where no page has it."""
        return self.address(form) if form.page is None else form.page.format(**self.ids)

    def right(self, form: Form) -> dict[str, Any]:
        """What is sent where nothing is wrong."""
        return {name: value.format(**self.ids) for name, value in form.right.items()}

    @contextmanager
    def undone(self, form: Form, frozen: Frozen) -> Iterator[None]:
        """Whatever the form's person does inside is undone at the end: the rows, and the session."""
        with self.browsers[form.who].session_transaction() as cookie:
            kept = dict(cookie)
        yield
        frozen.restore()
        with self.browsers[form.who].session_transaction() as cookie:
            if dict(cookie) != kept:
                cookie.clear()
                cookie.update(kept)

    def submit(self, form: Form, values: dict[str, Any]) -> Any:
        """Sends the form as its person."""
        kind = "multipart/form-data" if form.files else None
        return self.browsers[form.who].submit(self.address(form), values, content_type=kind)


def build(app: Flask) -> World:
    """The world of every form."""
    pending, approved, certificate = cases.pending_case(), cases.approved_case(), cases.filed_certificate()
    request, appointed = changes.open_request(), cases.filed_certificate().expert
    failed = SmsMessage(
        key="failed", mobile=pending.expert.mobile, purpose="聘书生成", text="试", status=SmsStatus.FAILED
    )
    expert, forgetful, staff, speciality = people.expert(), people.expert(), people.staff(), people.speciality()
    asked = Feedback(asker_id=expert.user_id, asker_name="张三", question="怎样申报？")
    listed = FaqEntry(question="怎样登录？", answer="见手册。")
    db.session.add_all((asked, failed, listed))
    db.session.commit()
    numbers = {name: people.new_mobile() for name in ("register", "mobile", "spare")}
    codes.send(numbers["register"], codes.REGISTER)
    codes.send(numbers["mobile"], codes.CHANGE_MOBILE)
    accounts.send_login_code(expert.mobile)
    accounts.send_recovery_code(forgetful.mobile)
    template = db.session.scalars(select(SmsTemplate).order_by(SmsTemplate.id)).all()[-1]
    holiday = db.session.scalars(select(Holiday.id).order_by(Holiday.id)).first()
    role = Role(name="自设角色", permissions=people.roles(STAFF)[0].permissions[:2])
    db.session.add(role)
    db.session.commit()
    ids = {
        "pending": pending.id, "approved": approved.id, "certificate": certificate.id, "expert": certificate.expert_id,
        "pending_version": pending.version, "approved_version": approved.version, "certificate_version": certificate.version,
        "audit": db.session.scalars(select(AuditEntry.id)).first(), "change": request.id, "change_version": request.version, "changed_profile": request.expert.version,
        "appointed_profile": appointed.version, "profile": expert.version, "feedback": asked.id, "faq": listed.id, "failed_sms": failed.id, "staff": staff.id, "role": role.id, "permission": role.permissions[0].id,
        "check_number": certificate.number, "check_name": certificate.name,
        "speciality": speciality.id, "field": speciality.field.id, "industry": speciality.field.industry.id,
        "organization": people.organization(people.WUHUA).id, "department": people.department().id,
        "body": cases.bodies_of(people.organization())[0].id, "body_name": certificate.body, "certificate_name": certificate.name, "template": template.id, "bulk_key": "A" * 21, "holiday": holiday, "template_text": template.text,
        "new_id_number": people.new_id_number(), "new_mobile": numbers["mobile"], "register_mobile": numbers["register"],
        "spare_mobile": numbers["spare"], "expert_mobile": expert.mobile, "forgetful_mobile": forgetful.mobile,
        "register_code": entry.last_code(numbers["register"]), "mobile_code": entry.last_code(numbers["mobile"]),
        "login_code": entry.last_code(expert.mobile), "recovery_code": entry.last_code(forgetful.mobile), "staff_name": staff.username,
        "found_number": certificate.expert.id_number, "staff_number": staff.id_number,
    }  # fmt: skip
    head, other, colleague = people.staff(REVIEWER), people.staff(REVIEWER), people.staff()
    ids |= {
        "today": today_in_shanghai(), "colleague": colleague.id, "delegation": lending.lend(head, colleague, first=30, last=40).id,
        "merged": people.department("政策法规").id, "receiving": people.department("调查评估和统计").id,
        "other_delegation": lending.lend(other, colleague, first=30, last=40).id,
    }  # fmt: skip
    filer = people.staff(FILER, at=people.department(people.SCIENCE))
    ids["import"] = workbooks.checked(people.actor(filer), [workbooks.person(nation="火星族", address="")])
    world = World(app, _browsers(app, expert, head, appointed, filer), ids)
    solved = entry.puzzle(world.browsers["visitor"])
    world.ids |= solved
    return world


def _browsers(app: Flask, expert: Any, head: Any, appointed: Any, filer: Any) -> dict[str, Browser]:
    binding, bound = people.staff(), people.staff()
    second_factor.start(binding.id, "")
    entry.bind_phone(bound)
    persons = {
        "expert": expert, "appointed": appointed, "reviewer": head, "filer": filer,
        "administrator": people.staff(ADMINISTRATOR), "exporter": people.staff(REVIEWER, _exporters()), "binding": binding, "bound": bound,
    }  # fmt: skip
    made: dict[str, Any] = {name: app.test_client().sign_in(person) for name, person in persons.items()}  # type: ignore[attr-defined]
    made["visitor"], made["halfway"] = app.test_client(), app.test_client()
    entry.log_in(made["halfway"], bound.username)
    return made


def _exporters() -> str:
    """A role of who may export in full: no seeded one may."""
    name = "导出完整信息"
    may = [row for row in db.session.scalars(select(PermissionView)) if pair_of(row) == EXPORT_FULL]
    db.session.add(Role(name=name, permissions=may))
    db.session.commit()
    return name
