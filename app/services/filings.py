"""待备案: one certificate with its number, its PDF and one message, or none of these (R4, R15, R16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.errors import Conflict
from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.domain.term import Term
from app.domain.titles import certificate_number
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, NumberCounter
from app.policies import permissions
from app.policies.actor import Actor
from app.services import notices, reviews, rows, workflow
from app.services.ports import ports
from app.services.unit_of_work import in_line, transactional


@dataclass(frozen=True)
class Drawn:
    """A certificate that lies in the storage: what is printed on it, and its digest."""

    data: CertificateData
    digest: str


def file(application_id: int, actor: Actor, version: int | None = None) -> Certificate:
    """Files an approved case. Raises ``NotFound``, ``NotAllowed``, ``Conflict`` or ``Invalid`` (R13).

    The number stands on the certificate, and is sure only once the counter's row is locked. On PostgreSQL that
    row is what filings of an organization wait for, one drawing long. SQLite has one lock for every writer: drawn under
    it, a certificate would keep everybody waiting, and some for too long. There, filings of an organization stand in
    line without it, and the one whose turn it is draws for the number that must be next, then writes.
    """
    organization_id = reviews.case(application_id, actor).organization_id
    with in_line(f"filing-{organization_id}") as my_turn:
        return _file(application_id, actor, version, _drawn_ahead(application_id, actor) if my_turn else None)


def _drawn_ahead(application_id: int, actor: Actor) -> Drawn | None:
    """The certificate as it will be unless somebody changes something meanwhile; nothing where it cannot be filed."""
    application = reviews.case(application_id, actor)
    if application.status is not ApplicationStatus.PENDING_FILING or not permissions.may(
        actor, Action.FILE, application
    ):
        return None
    day, prefix = today_in_shanghai(), application.organization.prefix
    given = db.session.get(NumberCounter, (prefix, f"{day:%Y%m%d}"))
    return _draw(data_for(application, certificate_number(prefix, day, 1 + (given.serial if given else 0)), day))


def _draw(data: CertificateData) -> Drawn:
    return Drawn(data, ports().storage.put(render_certificate(data)))


@transactional
def _file(application_id: int, actor: Actor, version: int | None, ahead: Drawn | None) -> Certificate:
    """One certificate, its number and its message. What was drawn ahead serves if every word on it is right."""
    application = reviews.case(application_id, actor)
    workflow.advance(application, Action.FILE, actor, version=version)
    day = today_in_shanghai()
    prefix = application.organization.prefix
    data = data_for(application, certificate_number(prefix, day, next_serial(prefix, day)), day)
    drawn = ahead if ahead is not None and ahead.data == data else _draw(data)
    certificate = Certificate(
        application=application,
        expert=application.expert,
        organization=application.organization,
        department=application.department,
        region_code=application.region_code,
        number=data.number,
        name=data.name,
        title=data.title,
        body=data.body,
        valid_from=data.valid_from,
        valid_to=data.valid_to,
        issued_on=day,
        status=CertificateStatus.VALID,
        digest=drawn.digest,
    )
    db.session.add(certificate)
    db.session.flush()
    notices.certificate_filed(certificate)
    return certificate


@transactional
def send_back(application_id: int | str, actor: Actor, reason: str, version: int | None = None) -> None:
    """Gives an approved case back to the reviewer with a reason. Raises as ``file`` does."""
    application = reviews.case(application_id, actor)
    workflow.advance(application, Action.SEND_BACK, actor, reason=reason, version=version)
    notices.application_sent_back(application, actor)


def term_of(application: Application) -> Term:
    """The term as the reviewer gave it."""
    return Term(application.starts_on, application.ends_on, application.term_years)


def data_for(application: Application, number: str, day: date) -> CertificateData:
    """The text of the certificate of an approved case: the name as submitted, not as edited since (R11)."""
    first, last = term_of(application).on(day)
    if application.appointing_body is None or application.title is None:
        raise Conflict(f"该申报为“{application.status.label}”，还没有聘用单位和聘任名称。")
    return CertificateData(
        name=application.snapshot.content["name"],
        body=application.appointing_body.name,
        title=application.title,
        number=number,
        valid_from=first,
        valid_to=last,
        issued=day,
    )


def next_serial(prefix: str, day: date) -> int:
    """The next serial of a prefix and day, from 1, in the caller's transaction.

    The counter's row stays locked until that transaction ends, so that a filing which fails
    gives its number back and none is doubled or skipped (R16).
    """
    statement = rows.upsert(NumberCounter).values(prefix=prefix, day=f"{day:%Y%m%d}", serial=1)
    return int(
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["prefix", "day"], set_={"serial": NumberCounter.serial + 1}
            ).returning(NumberCounter.serial)
        ).scalar_one()
    )
