"""All that hangs on one expert: the profile's lists and files, certificates, cases and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm.attributes import set_committed_value

from app.models import (
    PROFILE_LISTS,
    Application,
    Attachment,
    AttachmentKind,
    Certificate,
    ChangeItem,
    ChangeRequest,
    Correction,
    Department,
    Expert,
    Field,
    Industry,
    Organization,
    ProfileChange,
    Speciality,
    Transition,
)
from app.models.expert import expert_speciality
from app.services.gathering import Gathering
from app.services.profiles import APART


@dataclass(frozen=True)
class Dossier:
    """What a reader of an expert reads; the rows are of no session, and only ever read."""

    lists: dict[str, list[Any]]
    """By name in the profile: 申报类别, and the rows of each of its lists in the expert's order."""
    photo: Attachment | None
    attachments: list[Attachment]
    """附件材料, as the profile lists them."""
    certificates: list[Certificate]
    """The newest first."""
    steps: list[Transition]
    """Of all cases, the oldest first, each with its case, that with its department, and what it marked."""
    changes: list[ProfileChange]
    """The oldest first."""
    requests: list[ChangeRequest]
    """变更申请 with their items and departments, the oldest first."""


def of(expert: Expert) -> Dossier:
    """The dossier of an expert in the reader's scope, in one statement."""
    found = _gathering().read(expert_id=expert.id)
    for rows in found.values():
        rows.sort(key=lambda row: row.id)
    departments, organizations = _by_id(found[Department]), _by_id(found[Organization])
    for put in (*found[Application], *found[ChangeRequest]):
        set_committed_value(put, "department", departments[put.department_id])
        set_committed_value(put, "organization", organizations[put.organization_id])
    fields, industries = _by_id(found[Field]), _by_id(found[Industry])
    for field in found[Field]:
        set_committed_value(field, "industry", industries[field.industry_id])
    for speciality in found[Speciality]:
        set_committed_value(speciality, "field", fields[speciality.field_id])
    _hang(found[ChangeItem], "request_id", found[ChangeRequest], "items")
    _hang(found[Correction], "transition_id", found[Transition], "corrections")
    cases = _by_id(found[Application])
    for step in found[Transition]:
        set_committed_value(step, "application", cases[step.application_id])
    files = sorted((file for file in found[Attachment] if file.removed_at is None), key=lambda file: file.kind.value)
    return Dossier(
        lists={name: sorted(found[model], key=lambda row: row.position) for name, model in PROFILE_LISTS.items()}
        | {"specialities": found[Speciality]},
        photo=next((file for file in reversed(files) if file.kind is AttachmentKind.PHOTO), None),
        attachments=[file for file in files if file.kind not in APART],
        certificates=found[Certificate][::-1],
        steps=found[Transition],
        changes=found[ProfileChange],
        requests=found[ChangeRequest],
    )


def _by_id(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.id: row for row in rows}


def _hang(children: Iterable[Any], key: str, parents: Iterable[Any], name: str) -> None:
    of_parent: defaultdict[int, list[Any]] = defaultdict(list)
    for child in children:
        of_parent[getattr(child, key)].append(child)
    for parent in parents:
        set_committed_value(parent, name, of_parent[parent.id])


@cache
def _gathering() -> Gathering:
    asked = bindparam("expert_id", type_=Integer)
    cases, requests = Application.__table__, ChangeRequest.__table__

    def put_to(column: str) -> Any:
        """The departments, or organizations, that a case or a 变更申请 of the expert was put to."""
        return select(cases.c[column]).where(cases.c.expert_id == asked).union(
            select(requests.c[column]).where(requests.c.expert_id == asked)
        )  # fmt: skip

    own_cases = select(cases.c.id).where(cases.c.expert_id == asked)
    own_requests = select(requests.c.id).where(requests.c.expert_id == asked)
    steps = Transition.__table__.c
    own_steps = select(steps.id).where(steps.application_id.in_(own_cases))
    specialities, fields = Speciality.__table__.c, Field.__table__.c
    claimed = select(expert_speciality.c.speciality_id).where(expert_speciality.c.expert_id == asked)
    claimed_fields = select(specialities.field_id).where(specialities.id.in_(claimed))
    claimed_industries = select(fields.industry_id).where(fields.id.in_(claimed_fields))
    of_expert: list[type[Any]] = [*PROFILE_LISTS.values(), Attachment, Certificate, Application]
    of_expert += [ProfileChange, ChangeRequest]
    return Gathering(
        {model: model.__table__.c.expert_id == asked for model in of_expert}
        | {
            Transition: steps.application_id.in_(own_cases),
            Correction: Correction.__table__.c.transition_id.in_(own_steps),
            ChangeItem: ChangeItem.__table__.c.request_id.in_(own_requests),
            Speciality: specialities.id.in_(claimed),
            Field: fields.id.in_(claimed_fields),
            Industry: Industry.__table__.c.id.in_(claimed_industries),
            Department: Department.__table__.c.id.in_(put_to("department_id")),
            Organization: Organization.__table__.c.id.in_(put_to("organization_id")),
        }
    )
