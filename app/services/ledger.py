"""聘书台账: the register of the certificates of an organization and a year, in scope (R1), numbers checked (R16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from app.documents.ledger import Ledger, Line
from app.domain.errors import NotAllowed
from app.domain.states import EXPIRED_LABEL, Action, CertificateStatus
from app.domain.titles import SUFFIX, certificate_number
from app.domain.validity import chinese_date, is_expired, today_in_shanghai
from app.extensions import db
from app.models import Certificate, Department, NumberCounter, Organization, Transition
from app.policies.actor import Actor
from app.policies.roles import READ_CERTIFICATES
from app.policies.scope import overseen_organizations, visible_certificates
from app.services import rows
from app.services.audit import audit_apart
from app.services.export_subjects import CERTIFICATES

STATES = (
    CertificateStatus.VALID.label,
    EXPIRED_LABEL,
    CertificateStatus.TERMINATED.label,
    CertificateStatus.SUPERSEDED.label,
)
AT_A_TIME = 1000
NAMED = 10
"""Numbers that a sentence about a gap names at most."""

Reasons = dict[int, list[tuple[datetime, str]]]


def organization(actor: Actor, organization_id: int | None = None) -> Organization:
    """The one asked for, by default the actor's own. Raises ``NotAllowed``, ``NotFound`` for one out of scope."""
    if not actor.may(READ_CERTIFICATES):
        raise NotAllowed("您没有查看聘书的权限。")
    wanted = actor.organization_id if organization_id is None else organization_id
    return rows.one(Organization, wanted, overseen_organizations(actor))


def years(office: Organization) -> list[int]:
    """The years that there is a register of, the present one among them, the latest first."""
    first = select(func.min(Certificate.issued_on)).where(Certificate.organization_id == office.id)
    this, begun = today_in_shanghai().year, db.session.scalar(first)
    return list(range(this, min(begun.year if begun else this, this) - 1, -1))


def read(actor: Actor, office: Organization, year: int, limit: int | None = None) -> Ledger:
    """The register as of today; of a long one the first ``limit`` lines. ``office`` is one in the actor's scope."""
    days = Certificate.issued_on.between(date(year, 1, 1), date(year, 12, 31))
    within, today = and_(Certificate.organization_id == office.id, days), today_in_shanghai()
    lines = _lines(_select_lines(actor, within).limit(limit), today, _reissue_reasons(within))
    return Ledger(office.name, year, today, _counts(within, today), tuple(_gaps(office, year, within)), lines)


def exported(actor: Actor, office: Organization, year: int) -> Ledger:
    """The whole register, to be taken out; noted in 操作日志. Raises ``NotAllowed`` without the permission."""
    CERTIFICATES.require(actor)
    ledger, subject = read(actor, office, year), f"机构#{office.id}"
    audit_apart(actor, "导出聘书台账", subject, {"year": str(year), "count": ledger.total})
    return ledger


def _counts(within: ColumnElement[bool], today: date) -> dict[str, int]:
    """State to how many, in the order of ``STATES``; R19: an expired one is stored as valid."""
    over = and_(Certificate.status == CertificateStatus.VALID, Certificate.valid_to < today)
    grouped = select(Certificate.status, over, func.count()).where(within).group_by(Certificate.status, over)
    found = dict.fromkeys(STATES, 0)
    for status, is_over, count in db.session.execute(grouped):
        found[EXPIRED_LABEL if is_over else status.label] += count
    return found


def _lines(statement: Select[*tuple[Any, ...]], today: date, reasons: Reasons) -> Iterator[Line]:
    """The rows as they come, never all at once."""
    for row in db.session.execute(statement.execution_options(yield_per=AT_A_TIME)):
        over = row.status is CertificateStatus.VALID and is_expired(row.valid_to, today)
        ended, reason = row.terminated_at, row.termination_reason or ""
        if row.superseded_at is not None:
            ended, reason = row.superseded_at, _nearest(reasons.get(row.application_id, ()), row.superseded_at)
        remarks = (f"由{row.former}换发" if row.former else "", f"换发为{row.following}" if row.following else "")
        yield Line(
            row.number, row.name, f"{row.title}{SUFFIX}", row.body, row.department, row.valid_from, row.valid_to,
            row.issued_on, EXPIRED_LABEL if over else row.status.label,
            today_in_shanghai(ended) if ended else None, reason, "；".join(filter(None, remarks)),
        )  # fmt: skip


def _select_lines(actor: Actor, within: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    former, following = aliased(Certificate), aliased(Certificate)
    return (
        select(
            Certificate.number,
            Certificate.name,
            Certificate.title,
            Certificate.body,
            Department.name.label("department"),
            Certificate.valid_from,
            Certificate.valid_to,
            Certificate.issued_on,
            Certificate.status,
            Certificate.terminated_at,
            Certificate.termination_reason,
            Certificate.superseded_at,
            Certificate.application_id,
            former.number.label("former"),
            following.number.label("following"),
        )
        .join(Department, Department.id == Certificate.department_id)
        .outerjoin(former, former.id == Certificate.supersedes_id)
        .outerjoin(following, following.supersedes_id == Certificate.id)
        .where(visible_certificates(actor), within)
        # 1000 follows 999.
        .order_by(Certificate.issued_on, func.length(Certificate.number), Certificate.number)
    )


def _reissue_reasons(within: ColumnElement[bool]) -> Reasons:
    """Of each case whose certificate was replaced: when, and why."""
    replaced = select(Certificate.application_id).where(within, Certificate.superseded_at.is_not(None))
    steps = select(Transition.application_id, Transition.at, Transition.reason).where(
        Transition.action == Action.REISSUE, Transition.application_id.in_(replaced)
    )
    found: Reasons = {}
    for application_id, at, reason in db.session.execute(steps):
        found.setdefault(application_id, []).append((at, reason))
    return found


def _nearest(steps: Sequence[tuple[datetime, str]], moment: datetime) -> str:
    """The reason of the step that was taken at ``moment``, in the same transaction: a case may be replaced again."""
    return min(steps, key=lambda step: abs(step[0] - moment), default=(moment, ""))[1]


def _gaps(office: Organization, year: int, within: ColumnElement[bool]) -> Iterator[str]:
    """What R16 says there is not: a number given by the counter of a day and on no certificate, or the reverse.

    Counter and certificates are read by one statement, so that a filing at this moment is in both or in neither.
    """
    kind = literal(True)
    day = func.replace(cast(Certificate.issued_on, String), "-", "")
    certified = select(kind, day.label("day"), func.count().label("n")).where(within).group_by(Certificate.issued_on)
    given = select(literal(False), NumberCounter.day, NumberCounter.serial).where(
        NumberCounter.prefix == office.prefix, NumberCounter.day.between(f"{year}0101", f"{year}1231")
    )
    counts: dict[str, dict[bool, int]] = {}
    for is_certified, on, count in db.session.execute(union_all(certified, given)):
        counts.setdefault(on, {})[is_certified] = count
    for on, count in sorted(counts.items()):
        if count.get(True, 0) != count.get(False, 0):
            yield _gap(office, date.fromisoformat(on), count.get(False, 0))


def _gap(office: Organization, day: date, serial: int) -> str:
    there = set(db.session.scalars(select(Certificate.number).where(_on(office, day))))
    given = {certificate_number(office.prefix, day, n) for n in range(1, serial + 1)}
    lacking, strange = (sorted(found, key=lambda text: (len(text), text)) for found in (given - there, there - given))
    words = [f"缺{'、'.join(lacking[:NAMED])}" if lacking else "", f"多{'、'.join(strange[:NAMED])}" if strange else ""]
    return f"编号不连续：{chinese_date(day)}{'，'.join(filter(None, words))}，请联系系统管理员核查。"


def _on(office: Organization, day: date) -> ColumnElement[bool]:
    return and_(Certificate.organization_id == office.id, Certificate.issued_on == day)
