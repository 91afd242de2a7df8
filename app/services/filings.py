"""待备案: one certificate with its number, its PDF and one message, or none of these (R4, R15, R16)."""

from __future__ import annotations

from datetime import date

from app.domain.errors import Conflict
from app.domain.states import Action, ApplicationStatus
from app.domain.term import Term
from app.domain.validity import today_in_shanghai
from app.models import Application, Certificate
from app.policies import permissions
from app.policies.actor import Actor
from app.services import issuing, notices, reviews, workflow
from app.services.issuing import Drawn, Words
from app.services.unit_of_work import in_line, transactional


def file(application_id: int, actor: Actor, version: int | None = None) -> Certificate:
    """Files an approved case. Raises ``NotFound``, ``NotAllowed``, ``Conflict`` or ``Invalid`` (R13).

    The number stands on the certificate, and is sure only once the counter's row is locked. On PostgreSQL that
    row is what filings of an organization wait for, one drawing long. SQLite has one lock for every writer: drawn under
    it, a certificate would keep everybody waiting, and some for too long. There, filings of an organization stand in
    line without it, and the one whose turn it is draws for the number that must be next, then writes.
    """
    organization_id, code = reviews.case(application_id, actor).organization_id, issuing.new_check_code()
    with in_line(f"filing-{organization_id}") as my_turn:
        ahead = _drawn_ahead(application_id, actor, code) if my_turn else None
        return _file(application_id, actor, version, code, ahead)


def _drawn_ahead(application_id: int, actor: Actor, code: str) -> Drawn | None:
    """The certificate as it will be unless somebody changes something meanwhile; nothing where it cannot be filed."""
    application = reviews.case(application_id, actor)
    if application.status is not ApplicationStatus.PENDING_FILING or not permissions.may(
        actor, Action.FILE, application
    ):
        return None
    day = today_in_shanghai()
    data = issuing.expected_data(application, words_for(application, day), day, code)
    return issuing.draw(data, application.organization.prefix)


@transactional
def _file(application_id: int, actor: Actor, version: int | None, code: str, ahead: Drawn | None) -> Certificate:
    """One certificate, its number and its message."""
    application = reviews.case(application_id, actor)
    workflow.advance(application, Action.FILE, actor, version=version)
    day = today_in_shanghai()
    certificate = issuing.issue(application, words_for(application, day), day, code, ahead)
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


def words_for(application: Application, day: date) -> Words:
    """What the certificate of an approved case says: the name as submitted, not as edited since (R11)."""
    first, last = term_of(application).on(day)
    if application.appointing_body is None or application.title is None:
        raise Conflict(f"该申报为“{application.status.label}”，还没有聘用单位和聘任名称。")
    return Words(application.snapshot.content["name"], application.appointing_body.name, application.title, first, last)
