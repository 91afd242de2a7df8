"""What became of the sample experts: their steps, played through the services in the order of their days."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from app.domain.states import ApplicationStatus, CertificateStatus
from app.domain.term import Term
from app.domain.validity import SHANGHAI
from app.extensions import db
from app.models import Account, Application, AttachmentKind, Certificate
from app.policies.actor import Actor
from app.policies.roles import FILE, REVIEW
from app.services import (
    actors,
    applications,
    attachments,
    certificates,
    change_requests,
    filings,
    profiles,
    reissues,
    reviews,
)
from app.services.samples import dossiers, history
from app.services.samples.officials import CHEMICALS, DALI, KUNMING, MINES, OFFICIALS, PROVINCE, department_id
from app.services.samples.people import Person, Step

_REGIONS = {"省": PROVINCE, "昆明": KUNMING, "大理": DALI}
_DEPARTMENTS = {
    "危化": CHEMICALS,
    "非煤": MINES,
    "救援": "救援协调和预案管理",
    "火灾": "火灾防治管理",
    "防汛": "防汛抗旱",
    "地震": "地震和地质灾害救援",
    "风险": "风险监测和综合减灾",
}
_YEARS_OF_FIXED_END = 2


def moment(today: date, days: int, seed: int) -> datetime:
    """An hour at which offices work, so many days ago."""
    choose = random.Random(1000 * days + seed)  # nosec B311
    clock = time(choose.choice((9, 10, 11, 14, 15, 16)), choose.randrange(60), choose.randrange(60), tzinfo=SHANGHAI)
    return datetime.combine(today - timedelta(days=days), clock)


class Play:
    """The stage: who acts for which department, and which department a place is."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._places = {
            region + department: department_id(code, beginning)
            for region, code in _REGIONS.items()
            for department, beginning in _DEPARTMENTS.items()
        }
        officials = db.session.scalars(select(Account).where(Account.username.in_([o.username for o in OFFICIALS])))
        self._officials = [actors.actor_of(account) for account in officials.all()]
        self._verbs: dict[str, Callable[[Actor, Person, Step], list[int]]] = {
            "申报": self._apply,
            "撤回": self._withdraw,
            "补正": self._correct,
            "通过": self._approve,
            "驳回": self._reject,
            "备案": self._file,
            "换发": self._reissue,
            "终止": self._terminate,
            "变更": self._propose,
        }

    def run(self, cast: list[tuple[Person, Actor]]) -> None:
        """Everybody's steps, the oldest first, so that ids and numbers grow with the days."""
        steps = [(step, person, actor) for person, actor in cast for step in person.story]
        for step, person, actor in sorted(steps, key=lambda entry: (-entry[0].days, entry[1].number)):
            when = moment(self._today, step.days, person.number)
            with history.at(when) as happened:
                happened(self._verbs[step.verb](actor, person, step))

    def _apply(self, actor: Actor, person: Person, step: Step) -> list[int]:
        opened = applications.submit(actor, [self._places[place] for place in step.places])
        return [application.id for application in opened]

    def _withdraw(self, actor: Actor, person: Person, step: Step) -> list[int]:
        application = self._case(actor, step)
        applications.withdraw(actor, application.id)
        return [application.id]

    def _correct(self, actor: Actor, person: Person, step: Step) -> list[int]:
        """The scan that lacked the stamp goes, the stamped one comes."""
        assert actor.expert_id is not None
        for file in profiles.living_attachments(actor.expert_id):
            if file.kind is AttachmentKind.CONSENT:
                attachments.remove(actor, file.id)
        dossiers.consent(actor, person, self._today - timedelta(days=step.days), stamped=True)
        return []

    def _approve(self, actor: Actor, person: Person, step: Step) -> list[int]:
        application = self._case(actor, step)
        reviewer = self._reviewer(application.department_id)
        claimed = reviews.claimed_specialities(application.expert)[0]
        body = reviews.bodies(application)[0 if person.number % 3 else 1]
        term, *title = step.words
        reviews.approve(
            application.id,
            reviewer,
            reviews.Decision(
                claimed.id,
                body.id,
                title[0] if title else reviews.title_for(application, claimed),
                self._term(term, step.days),
            ),
        )
        return [application.id]

    def _reject(self, actor: Actor, person: Person, step: Step) -> list[int]:
        application = self._case(actor, step)
        reviewer = self._reviewer(application.department_id)
        reviews.reject(application.id, reviewer, step.words[0])
        return [application.id]

    def _file(self, actor: Actor, person: Person, step: Step) -> list[int]:
        application = self._case(actor, step, ApplicationStatus.PENDING_FILING)
        filer = self._filer(application.organization_id)
        certificate = filings.file(application.id, filer)
        history.issue_on(certificate.id, self._today - timedelta(days=step.days))
        return [application.id]

    def _reissue(self, actor: Actor, person: Person, step: Step) -> list[int]:
        """Another title, as it should have been from the beginning."""
        old = self._certificate(actor, step)
        title, reason = step.words
        words = replace(reissues.as_filed(old), title=title)
        new = reissues.reissue(old.id, self._filer(old.organization_id), words, reason)
        history.issue_on(new.id, self._today - timedelta(days=step.days))
        return [old.application_id]

    def _terminate(self, actor: Actor, person: Person, step: Step) -> list[int]:
        certificate = self._certificate(actor, step)
        reviewer = self._reviewer(certificate.department_id)
        certificates.terminate(certificate.id, reviewer, step.words[0])
        return [certificate.application_id]

    def _propose(self, actor: Actor, person: Person, step: Step) -> list[int]:
        """Asks for another duty and telephone, with the employer's word as evidence."""
        expert = profiles.own(actor)
        duty, phone = step.words
        change_requests.propose(
            actor,
            change_requests.Proposal(
                department_id=self._places[step.places[0]],
                reason=f"单位任命为{duty}，办公电话随之更换。",
                values={"duty": duty, "employer_phone": phone},
                lists={},
                evidence=[dossiers.appointment(person, duty, self._today - timedelta(days=step.days))],
                photo=None,
                version=expert.version,
            ),
        )
        return []

    def _certificate(self, actor: Actor, step: Step) -> Certificate:
        found: Certificate = db.session.scalars(
            select(Certificate).where(
                Certificate.expert_id == actor.expert_id,
                Certificate.department_id == self._places[step.places[0]],
                Certificate.status == CertificateStatus.VALID,
            )
        ).one()
        return found

    def _case(
        self, actor: Actor, step: Step, status: ApplicationStatus = ApplicationStatus.PENDING_REVIEW
    ) -> Application:
        found: Application = db.session.scalars(
            select(Application).where(
                Application.expert_id == actor.expert_id,
                Application.department_id == self._places[step.places[0]],
                Application.status == status,
            )
        ).one()
        return found

    def _reviewer(self, department_id: int) -> Actor:
        return next(o for o in self._officials if o.may(REVIEW) and o.department_id == department_id)

    def _filer(self, organization_id: int) -> Actor:
        return next(o for o in self._officials if o.may(FILE) and o.organization_id == organization_id)

    def _term(self, word: str, days: int) -> Term:
        if word == "长期":
            return Term()
        if word == "定期":
            return Term(end=date((self._today - timedelta(days=days)).year + _YEARS_OF_FIXED_END, 12, 31))
        return Term(years=int(word.removesuffix("年")))
