"""聘书样式: its versions, each added and never changed, so that what was filed keeps its own (R20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.documents.certificate_pdf import render_certificate
from app.domain.design import DEFAULT, Design, check
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.validity import chinese_date, today_in_shanghai
from app.domain.values import text_problem
from app.extensions import db
from app.models import CertificateDesign, Organization
from app.policies.actor import Actor
from app.policies.roles import KEEP_DESIGNS
from app.policies.scope import designed_organizations
from app.services import designs, rows, specimens, texts
from app.services.audit import audit
from app.services.designs import InForce
from app.services.unit_of_work import transactional

NOTE_LENGTH = 200


@dataclass(frozen=True)
class Revision:
    """A version in the history, and what it changed against the design before it: field, before, after."""

    version: CertificateDesign
    changes: list[dict[str, str]]


def organization(actor: Actor, organization_id: int | str) -> Organization:
    """One whose design the actor may see. Raises ``NotFound``."""
    return rows.one(Organization, organization_id, designed_organizations(actor), joinedload(Organization.region))


def history(organization_id: int) -> list[Revision]:
    """All versions of an organization's own, the newest first; the first changed the built-in design."""
    told: list[Revision] = []
    before = DEFAULT
    for version in reversed(_versions(organization_id)):
        after = before if version.follows else version.design
        told.insert(0, Revision(version, texts.changes(in_words(before), in_words(after))))
        before = after
    return told


def in_words(design: Design) -> dict[str, str]:
    """Label to text of everything that a design decides."""
    return {label: texts.text_of(value) for label, value in design.facts()}


def designed(found: Sequence[Revision], number: int) -> Design:
    """The design of version ``number``, 0 being the built-in one. Raises ``NotFound`` for one that is not there."""
    if number == 0:
        return DEFAULT
    for revision in found:
        if revision.version.version == number and not revision.version.follows:
            return revision.version.design
    raise NotFound(rows.NOT_THERE)


def followers(office: Organization) -> int:
    """How many organizations below have no design nearer to them than the one of ``office``."""
    if db.session.scalar(select(designs.office_of(office.region_code))) != office.id:
        return 0
    first, last = office.region.span
    below = and_(Organization.region_code.between(first, last), Organization.region_code != office.region_code)
    ids = db.session.scalars(select(Organization.id).where(below, Organization.retired.is_(False))).all()
    return sum(not _is_nearer(one, office) for one in designs.in_force(ids).values())


def _is_nearer(one: InForce, office: Organization) -> bool:
    """Whether what is in force was decided below ``office``."""
    first, last = office.region.span
    code = one.version.organization.region_code if one.version else ""
    return first <= code <= last and code != office.region_code


def save(actor: Actor, organization_id: int | str, design: Design | None, note: str, seen: int) -> CertificateDesign:
    """Adds a version; a ``design`` of ``None`` follows the office above again.

    ``seen`` is the number of the newest version that the actor saw, 0 for none. Raises ``NotFound``, ``NotAllowed``,
    ``Conflict`` where somebody saved meanwhile, and ``Invalid``: a wording that a certificate cannot have, one that
    no font can print or no page hold, or one that changes nothing.
    """
    if not actor.may(KEEP_DESIGNS):
        raise NotAllowed("您没有维护聘书样式的权限。")
    if problem := text_problem(note, NOTE_LENGTH):
        raise Invalid(problem, field="note")
    if design is not None:
        check(design)
        chosen = organization(actor, organization_id)
        # Tried before the transaction, in which a drawing would keep everybody waiting.
        for key in ("plain", "long"):  # what rare characters need, a machine may lack
            render_certificate(specimens.sample_of(chosen, design, key))
    return _add(actor, organization_id, design, note.strip(), seen)


@transactional
def _add(actor: Actor, organization_id: int | str, design: Design | None, note: str, seen: int) -> CertificateDesign:
    chosen = organization(actor, organization_id)
    newest = next(iter(_versions(chosen.id)), None)
    if newest is not None and newest.version != seen:
        raise Conflict(
            f"{newest.author_name}在您打开本页后保存了第{newest.version}版"
            f"（{chinese_date(today_in_shanghai(newest.created_at))}），您填写的内容没有保存，还在下面。"
            "请先核对那一版改了什么，再决定是否保存。"
        )
    before = designs.current(chosen.id)
    if before.is_own is (design is not None) and design in (None, before.design):
        raise Invalid("与现用的样式相同，没有需要保存的修改。")
    version = CertificateDesign(
        organization=chosen,
        version=1 + (newest.version if newest else 0),
        content=CertificateDesign.FOLLOWING if design is None else design.to_json(),
        note=note,
        author_id=actor.user_id,
        author_name=actor.name,
    )
    db.session.add(version)
    db.session.flush()
    changed = texts.changes(_recorded(before), _recorded(designs.current(chosen.id)))
    detail = {"version": version.version, "changes": changed} | ({"note": note} if note else {})
    audit(actor, "修改聘书样式", f"机构#{chosen.id}", detail)
    return version


def _recorded(one: InForce) -> dict[str, str]:
    return {"样式": one.words} | in_words(one.design)


def _versions(organization_id: int) -> Sequence[CertificateDesign]:
    own = select(CertificateDesign).where(CertificateDesign.organization_id == organization_id)
    return db.session.scalars(own.order_by(CertificateDesign.version.desc())).all()
