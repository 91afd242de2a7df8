"""退回补正 and 重新提交: what is marked, what the expert sees of it, and the same case once more (R3, R8, R11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.errors import Invalid
from app.domain.states import Action, ApplicationStatus
from app.extensions import db
from app.models import PROFILE_LISTS, Application, Attachment, Correction, Expert, Submission, Transition
from app.models.columns import all_fields
from app.models.correction import NOTE_LENGTH
from app.policies.actor import Actor
from app.services import applications, notices, profile_document, profiles, reviews, workflow
from app.services.unit_of_work import transactional

PHOTO = "photo"
LISTS, FILES = "各项经历", "照片和附件"


@dataclass(frozen=True)
class Markable:
    """What can be marked: ``item`` as ``Correction`` keeps it, ``shown`` for the reviewer, ``label`` to keep."""

    item: str
    label: str
    shown: str


def markable(application: Application) -> dict[str, list[Markable]]:
    """By section: the fields that an expert can change, the lists, and the files as submitted."""
    found: dict[str, list[Markable]] = {}
    for name, field in all_fields(Expert).items():
        if not field.fixed:
            found.setdefault(field.section, []).append(Markable(name, field.label, field.label))
    found[LISTS] = [Markable(name, model.__label__, model.__label__) for name, model in PROFILE_LISTS.items()]
    files = profile_document.snapshot_attachments(application.snapshot)
    found[FILES] = [Markable(PHOTO, "照片", "照片"), *map(_markable_file, files)]
    return found


def _markable_file(file: Attachment) -> Markable:
    # The name of a file may name a person: what is kept for good says only what kind it is.
    return Markable(item_of(file), file.kind.label, f"{file.kind.label}：{file.filename}")


def item_of(file: Attachment) -> str:
    """A file as a mark names it."""
    return f"file:{file.id}"


@transactional
def give_back(
    application_id: int, actor: Actor, reason: str, marks: Mapping[str, str], version: int | None = None
) -> None:
    """退回补正: ``marks`` are items with a word on each, which may be blank.

    Raises ``NotFound``, ``NotAllowed``, ``Conflict``, or ``Invalid`` for a missing reason, no mark, a mark on
    what the case does not have, or a word that is too long.
    """
    application = reviews.case(application_id, actor)
    step = workflow.advance(application, Action.RETURN, actor, reason=reason, version=version)
    if not marks:
        raise Invalid("请至少勾选一项需要补正的内容或附件。", field="marks")
    known = {one.item: one for section in markable(application).values() for one in section}
    if not marks.keys() <= known.keys():
        raise Invalid("勾选的项目不存在，请刷新页面后重新勾选。", field="marks")
    # In the order of the form, whatever the order of ticking.
    for item, one in known.items():
        if item in marks:
            note = marks[item].strip()
            if len(note) > NOTE_LENGTH:
                raise Invalid(f"“{one.label}”的说明不能超过{NOTE_LENGTH}个字。", field="marks")
            step.corrections.append(Correction(item=item, label=one.label, note=note))
    notices.application_returned(application)


@transactional
def resubmit(actor: Actor, application_id: int, version: int | None = None) -> None:
    """重新提交: the same case with a new snapshot; the earlier ones stay (R11).

    Raises ``Invalid`` naming what is missing (R8, R9), ``NotFound`` (R5), ``Conflict`` where it is not returned
    any more.
    """
    application = applications.own_case(actor, application_id)
    expert = profiles.own(actor)
    gaps = profiles.missing(expert)
    if gaps:
        raise Invalid("资料还不完整，请先填写：" + "、".join(gaps) + "。")
    snapshot = profile_document.take_snapshot(expert)
    db.session.flush()
    workflow.advance(application, Action.RESUBMIT, actor, version=version, values={"snapshot_id": snapshot.id})
    db.session.add(Submission(application_id=application.id, snapshot=snapshot))
    notices.application_resubmitted(application)


@dataclass(frozen=True)
class Returned:
    """A case that waits for its expert, and the step that returned it."""

    application: Application
    step: Transition


def returned(actor: Actor) -> list[Returned]:
    """The actor's own cases that are returned, each with its last return."""
    steps = db.session.scalars(
        select(Transition)
        .join(Transition.application)
        .options(
            contains_eager(Transition.application).joinedload(Application.department),
            contains_eager(Transition.application).joinedload(Application.organization),
        )
        .where(
            Application.expert_id == actor.expert_id,
            Application.status == ApplicationStatus.RETURNED,
            Transition.action == Action.RETURN,
        )
        .order_by(Transition.id)
    )
    last = {step.application_id: step for step in steps}
    return [Returned(step.application, step) for step in last.values()]


def marked(found: list[Returned]) -> dict[str, str]:
    """Item to what is said about it, over all cases that are returned."""
    notes: dict[str, list[str]] = {}
    for one in found:
        for correction in one.step.corrections:
            notes.setdefault(correction.item, []).append(correction.note)
    return {item: "；".join(filter(None, said)) for item, said in notes.items()}


def submissions(application: Application) -> Iterator[Submission]:
    """Each submission of the case, the first one first, with its snapshot."""
    yield from db.session.scalars(
        select(Submission)
        .options(joinedload(Submission.snapshot))
        .where(Submission.application_id == application.id)
        .order_by(Submission.id)
    )
