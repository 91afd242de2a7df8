"""The box at the top: experts, certificates and cases by what people know of them, in scope (R1, R5).

Four statements at most. Experts and numbers go by the list engine; what belongs to the few experts that were found, and
what is one's own, is read by their keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.domain.search import Sought
from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, Certificate, Department, Expert, Organization, Region, grams
from app.policies.actor import Actor
from app.policies.roles import READ_CERTIFICATES, READ_EXPERTS
from app.policies.scope import sight, visible_applications, visible_certificates
from app.services import listing, reach
from app.services.listing import Condition, Order, Place

MOST = 5
"""Of each sort at most: who sees more than these types more."""
TOO_MANY = "符合的人太多，一时找不齐。请把姓名输完整，或到“专家信息”加上所在地区再查。"
OWN_MOST = 200
"""Cases, or certificates, of one person that are looked through."""


@dataclass(frozen=True)
class Hit:
    """A row that was found: its key, what it is called, and what tells it from others."""

    key: int
    name: str
    note: str


@dataclass(frozen=True)
class Found:
    """What was found of each sort. ``hint`` says what to type instead, where the words lead to too many rows."""

    experts: Sequence[Hit] = ()
    certificates: Sequence[Hit] = ()
    applications: Sequence[Hit] = ()
    has_more_experts: bool = False
    has_more_certificates: bool = False
    hint: str = ""


def found(actor: Actor, sought: Sought) -> Found:
    """What the words may mean: an official's in the region, an expert's own."""
    if actor.region_span is None:
        return _own(actor, sought) if actor.expert_id is not None else Found()
    people, has_more, hint = _experts(actor, sought)
    # Whose name is so common that not all are shown is not yet who was meant.
    meant = [] if has_more else [hit.key for hit in people]
    if sought.number and not meant:
        certificates, has_more_certificates = _numbered(actor, sought.number)
    else:
        certificates, has_more_certificates = _certificates_of(actor, meant), False
    return Found(people, certificates, _cases(actor, meant, sought.case), has_more, has_more_certificates, hint)


def _experts(actor: Actor, sought: Sought) -> tuple[list[Hit], bool, str]:
    """Those of whose names the words are a part, or the first letters; whether there are more; what is wrong."""
    seen = sight(actor, READ_EXPERTS)
    if seen is None or not (sought.name or sought.letters):
        return [], False, ""
    named, order = _named(sought)
    conditions = [named, reach.within(seen, Expert.id, Expert.id)]
    page = listing.page(Expert, _people, conditions, order, Place(size=MOST))
    return [_person(row) for row in page.rows], page.has_next, TOO_MANY if page.hint else ""


def _named(sought: Sought) -> tuple[Condition, Order]:
    """Which experts, and in what order: of those with the letters, who has no more of them first; else the newest."""
    dialect = db.session.get_bind().dialect.name
    if sought.letters:
        begins = grams.starts(Expert.initials, sought.letters, dialect)
        return Condition(begins, select(Expert.id).where(begins), exact=True, leads=True), _BY_LETTERS
    holders = grams.holders(Expert.name, sought.name, dialect)
    holds = grams.holds(Expert.name, sought.name, dialect)
    return Condition(holds, holders, exact=len(sought.name) <= grams.PAIR), Order((Expert.id,), descending=True)


def _people(ids: Any) -> Any:
    columns = select(Expert.id, Expert.name, Expert.employer, Region.full_name)
    return columns.join(ids, Expert.id == ids.c.id).outerjoin(Region, Region.code == Expert.region_code)


def _person(row: Any) -> Hit:
    return Hit(row.id, row.name, "　".join(filter(None, (row.full_name, row.employer))))


def _numbered(actor: Actor, number: str) -> tuple[list[Hit], bool]:
    """Certificates whose numbers begin so, and whether there are more."""
    seen = sight(actor, READ_CERTIFICATES)
    if seen is None:
        return [], False
    begins = grams.starts(Certificate.number, number, db.session.get_bind().dialect.name)
    conditions = [
        Condition(begins, select(Certificate.id).where(begins), exact=True),
        reach.within(seen, Certificate.id, Certificate.expert_id),
    ]
    page = listing.page(Certificate, _letters, conditions, Order((Certificate.id,), descending=True), Place(size=MOST))
    return [_letter(row) for row in page.rows], page.has_next


def _letters(ids: Any) -> Any:
    return _CERTIFICATES.join(ids, Certificate.id == ids.c.id)


def _certificates_of(actor: Actor, experts: Sequence[int]) -> list[Hit]:
    if not experts:
        return []
    theirs = _CERTIFICATES.where(Certificate.expert_id.in_(experts), visible_certificates(actor))
    return [_letter(row) for row in db.session.execute(theirs.order_by(Certificate.id.desc()).limit(MOST))]


def _letter(row: Any) -> Hit:
    return Hit(row.id, row.number, f"{row.name}　{row.title}专家")


def _cases(actor: Actor, experts: Sequence[int], number: int | None) -> list[Hit]:
    meant: list[ColumnElement[bool]] = [Application.id == number] if number is not None else []
    meant += [Application.expert_id.in_(experts)] if experts else []
    if not meant:
        return []
    theirs = _CASES.where(or_(*meant), visible_applications(actor))
    return [_case(row) for row in db.session.execute(theirs.order_by(Application.id.desc()).limit(MOST))]


def _case(row: Any) -> Hit:
    status: ApplicationStatus = row.status
    return Hit(row.id, f"SB{row.id:08d}", f"{row.name}　{row.organization}{row.department}　{status.label}")


def _own(actor: Actor, sought: Sought) -> Found:
    """Of one's own cases and certificates those that say the words somewhere."""
    cases = _CASES.where(Application.expert_id == actor.expert_id).order_by(Application.id.desc()).limit(OWN_MOST)
    letters = _CERTIFICATES.where(Certificate.expert_id == actor.expert_id).order_by(Certificate.id.desc())
    words = grams.fold(sought.words)

    def says(hit: Hit) -> bool:
        return words in grams.fold(f"{hit.name}　{hit.note}")

    own_cases = [_case(row) for row in db.session.execute(cases)]
    own_letters = [_letter(row) for row in db.session.execute(letters.limit(OWN_MOST))]
    return Found(
        certificates=[hit for hit in own_letters if says(hit)][:MOST],
        applications=[hit for hit in own_cases if says(hit) or hit.key == sought.case][:MOST],
    )


_BY_LETTERS = Order((Expert.initials, Expert.id))
"""Never NULL where the letters are asked for."""
_CERTIFICATES = select(Certificate.id, Certificate.number, Certificate.name, Certificate.title)
_CASES = (
    select(
        Application.id,
        Expert.name,
        Organization.name.label("organization"),
        Department.name.label("department"),
        Application.status,
    )
    .join(Expert, Expert.id == Application.expert_id)
    .join(Organization, Organization.id == Application.organization_id)
    .join(Department, Department.id == Application.department_id)
)
