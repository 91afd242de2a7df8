"""Cases on their way, moved there by the services themselves. All need an application context."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.term import Term
from app.extensions import db
from app.models import Account, Application, AppointingBody, Certificate, Department, Expert, Organization, Transition
from app.policies.roles import FILER, REVIEWER
from app.services import applications, filings, reissues, reviews
from app.services.reviews import Decision
from tests.support import people


def pending_case(expert: Expert | None = None, at: Department | None = None) -> Application:
    """A case that waits for review, of a new expert at the province's department for chemicals by default."""
    who = people.actor(expert or people.expert())
    return applications.submit(who, [(at or people.department()).id])[0]


def approved_case(case: Application | None = None, decision: Decision | None = None) -> Application:
    """A case that waits for filing."""
    case = case or pending_case()
    reviews.approve(case.id, people.actor(reviewer_of(case)), decision or a_decision(case))
    return case


def filed_certificate(case: Application | None = None) -> Certificate:
    """The certificate of a case that was filed today."""
    case = case or approved_case()
    return filings.file(case.id, people.actor(filer_of(case)))


def reissued(certificate: Certificate, reason: str = "聘任名称有误。", **words: Any) -> Certificate:
    """What a new filer issues in the place of the certificate: ``words`` corrected, the title by default."""
    corrected = replace(reissues.as_filed(certificate), **(words or {"title": f"{certificate.title}（更正）"}))
    return reissues.reissue(
        certificate.id, people.actor(filer_of(certificate.application)), corrected, reason, certificate.version
    )


def a_decision(
    case: Application,
    *,
    title: str = "省化工-防爆",
    term: Term | None = None,
    body: AppointingBody | None = None,
    speciality_id: int | None = None,
) -> Decision:
    """What a reviewer may choose for the case: ten years from filing, by the organization's own office."""
    chosen = body or bodies_of(case.organization)[0]
    return Decision(speciality_id or people.speciality().id, chosen.id, title, term or Term(years=10))


def bodies_of(organization: Organization) -> list[AppointingBody]:
    """The three appointing bodies of an organization."""
    return list(
        db.session.scalars(
            select(AppointingBody)
            .where(AppointingBody.organization_id == organization.id)
            .order_by(AppointingBody.kind)
        )
    )


def reviewer_of(case: Application, name: str = "王处长") -> Account:
    """A new head of the department applied to."""
    return people.staff(REVIEWER, at=case.department, name=name)


def filer_of(case: Application, name: str = "赵科信") -> Account:
    """A new filer in the organization applied to: of its 科技和信息化 department."""
    at = people.department(people.SCIENCE, case.organization.region_code)
    return people.staff(FILER, at=at, name=name)


def end_on(certificate: Certificate, day: date | None) -> None:
    """Gives a certificate another last day, as no service does."""
    certificate.valid_to = day
    db.session.commit()


def history(case: Application) -> list[Transition]:
    """The steps of the case, the oldest first."""
    return list(
        db.session.scalars(select(Transition).where(Transition.application_id == case.id).order_by(Transition.id))
    )
