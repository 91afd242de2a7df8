"""What can be exported: whose rows, who may, and the columns that the declaration of fields offers for a table.

A list is exported by a line in ``SUBJECTS``, its permission in ``policies/roles.py``, and a ``TableExport`` view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, false, inspect, select, true
from sqlalchemy.orm import joinedload, load_only, selectinload

from app.documents.table_xlsx import Heading, Value, Width
from app.domain.errors import NotAllowed
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.domain.workdays import Calendar
from app.extensions import db
from app.models import Application, AuditEntry, Certificate, ChangeRequest, Department, Expert, Organization
from app.models.columns import Field, all_fields
from app.models.types import UtcDateTime
from app.policies.actor import Actor
from app.policies.roles import (
    EXPORT_APPLICATIONS,
    EXPORT_AUDIT,
    EXPORT_CERTIFICATES,
    EXPORT_EXPERTS,
    EXPORTS,
    READ_AUDIT,
    Permission,
)
from app.policies.scope import visible_applications, visible_certificates, visible_change_requests, visible_experts
from app.services import inbox
from app.services.texts import masked, text_of

AT_A_TIME = 1000
"""Rows that one statement asks about, and of a table between two notes of how far it is."""
BRIEF = 40
"""Up to so many characters a text is a name or a word."""


@dataclass(frozen=True)
class AsOf:
    """The day on which a table is made, and the working days up to it."""

    today: date
    calendar: Calendar

    @classmethod
    def now(cls) -> AsOf:
        """At this moment."""
        return cls(today_in_shanghai(), inbox.calendar())


Read = Callable[[Any, AsOf], Value]


@dataclass(frozen=True)
class Column:
    """A column of a table. ``needs`` names the columns of the row that it reads, ``loads`` the rows beside it."""

    name: str
    heading: Heading
    read: Read
    section: str = ""
    needs: tuple[str, ...] = ()
    loads: tuple[Any, ...] = ()
    is_masked: bool = False


@dataclass(frozen=True)
class Subject:
    """Rows of one model. ``extras`` are columns that the declaration has not, or has otherwise than people read it."""

    key: str
    noun: str
    unit: str
    model: type[Any]
    scope: Callable[[Actor], ColumnElement[bool]]
    permission: Permission
    extras: tuple[Column, ...] = ()
    left_out: frozenset[str] = frozenset()

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """By name: the extras that the declaration has not, then the declared ones. What is sealed has its mask."""
        own = {column.name: column for column in self.extras}
        declared = {
            name: own.pop(name) if name in own else _declared(self.model, name, field)
            for name, field in all_fields(self.model).items()
            if name not in self.left_out and (field.mask or not field.sealed)
        }
        return MappingProxyType({**own, **declared})

    def counted(self, count: int) -> str:
        """``3份聘书``."""
        return f"{count}{self.unit}{self.noun}"

    def require(self, actor: Actor) -> None:
        """Raises ``NotAllowed`` for who may not take so many out at once."""
        if not actor.may(self.permission):
            raise NotAllowed(f"您没有批量导出{self.noun}的权限。")

    def rows(self, actor: Actor, ids: Sequence[int], *options: Any) -> list[Any]:
        """The rows of ``ids``, in that order. Raises ``NotAllowed`` where the actor does not see them all (R1)."""
        seen = select(self.model).where(self.scope(actor), self._key.in_(ids)).options(*options)
        found = {row.id: row for row in db.session.scalars(seen)}
        self._refuse(len(ids) - len(found))
        return [found[one] for one in ids]

    def refuse_what_is_out_of_reach(self, actor: Actor, ids: Sequence[int]) -> None:
        """Raises ``NotAllowed`` where the actor does not see all of these (R1)."""
        self._refuse(len(ids) - len(self.seen(actor, ids)))

    def seen(self, actor: Actor, ids: Sequence[int]) -> set[int]:
        """Those of ``ids`` that the actor sees (R1)."""
        found: set[int] = set()
        for start in range(0, len(ids), AT_A_TIME):
            some = select(self._key).where(self.scope(actor), self._key.in_(ids[start : start + AT_A_TIME]))
            found.update(db.session.scalars(some))
        return found

    @property
    def _key(self) -> Any:
        return inspect(self.model).primary_key[0]

    def _refuse(self, lost: int) -> None:
        if lost:
            what = f"{lost} {self.unit}{self.noun}"
            raise NotAllowed(f"其中有 {what}已不在您的查看范围内，不能提供。请回到列表重新选择。")


def loading(subject: Subject, columns: Sequence[Column]) -> list[Any]:
    """Loader options: of a row what these columns read and no more, in one statement and one for each list."""
    needed = {name for column in columns for name in column.needs}
    names = [getattr(subject.model, name) for name in ("id", *sorted(needed))]
    return [load_only(*names), *(option for column in columns for option in column.loads)]


def _declared(model: type[Any], name: str, field: Field) -> Column:
    def read(row: Any, _as_of: AsOf) -> Value:
        return _value(field, getattr(row, name))

    relation = inspect(model).relationships.get(name)
    if relation is not None:
        width = Width.LONG if relation.uselist else Width.TEXT
        return Column(name, Heading(field.label, width), read, field.section, loads=(_way(model, relation),))
    heading = Heading(field.label, _width(field, inspect(model).columns[name].type))
    return Column(name, heading, read, field.section, (name,), is_masked=field.mask is not None)


def _way(model: type[Any], relation: Any) -> Any:
    """Of a row beside it what names it."""
    attribute, target = getattr(model, relation.key), relation.mapper.class_
    if relation.uselist:
        return selectinload(attribute)
    shown = getattr(target, "__shown__", "")
    return joinedload(attribute).load_only(getattr(target, shown)) if shown else joinedload(attribute)


def _width(field: Field, kind: Any) -> Width:
    for known, width in ((Date, Width.DAY), (UtcDateTime, Width.MOMENT), (Integer, Width.NUMBER)):
        if isinstance(kind, known):
            return width
    if field.wide:
        return Width.LONG
    return Width.TEXT if field.sealed or (field.max_length or 0) > BRIEF else Width.SHORT


def _value(field: Field, value: Any) -> Value:
    """Days as days, whole numbers as numbers, instants by the clock of Shanghai, the rest as people read it."""
    if field.mask is not None:
        return masked(field, text_of(value))
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    return value if isinstance(value, date) or type(value) is int else text_of(value)


def _number(label: str) -> Column:
    return Column("number", Heading(label, Width.SHORT), lambda row, _: row.number)


def _wait(name: str, label: str, days: Callable[[Any], int]) -> Column:
    """Of ``inbox.wait_of``: nothing for a case that waits for no official."""

    def read(case: Application, as_of: AsOf) -> Value:
        wait = inbox.wait_of(case, as_of.calendar, as_of.today)
        return "" if wait is None else days(wait)

    limits = (
        joinedload(Application.department).load_only(Department.handling_days),
        joinedload(Application.organization).load_only(Organization.filing_days),
    )
    return Column(name, Heading(label, Width.NUMBER), read, needs=("status", "changed_at"), loads=limits)


def _audit_entries(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.may(READ_AUDIT) else false()


EXPERTS = Subject("experts", "专家", "名", Expert, visible_experts, EXPORT_EXPERTS)
CASES = Subject(
    "cases", "申报", "件", Application, visible_applications, EXPORT_APPLICATIONS,
    (
        _number("申报编号"),
        Column("kind", Heading("类别", Width.SHORT), lambda case, _: case.kind, needs=("renews_id",)),
        _wait("waiting", "已等待（工作日）", lambda wait: wait.days),
        _wait("late", "逾期（工作日）", lambda wait: wait.late),
    ),
)  # fmt: skip
CERTIFICATES = Subject(
    "certificates", "聘书", "份", Certificate, visible_certificates, EXPORT_CERTIFICATES,
    (
        Column(
            "status_now", Heading("状态", Width.SHORT), lambda one, as_of: one.status_on(as_of.today),
            needs=("status", "valid_to"),
        ),
        Column("valid_to", Heading("有效期止", Width.DAY), lambda one, _: one.valid_to or "长期", needs=("valid_to",)),
    ),
    left_out=frozenset({"status"}),
)  # fmt: skip
CHANGES = Subject(
    "changes", "变更申请", "件", ChangeRequest, visible_change_requests, EXPORT_APPLICATIONS, (_number("编号"),)
)
AUDIT = Subject("audit", "操作记录", "条", AuditEntry, _audit_entries, EXPORT_AUDIT)

SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {subject.key: subject for subject in (EXPERTS, CASES, CERTIFICATES, CHANGES, AUDIT)}
)
"""By key, which an order keeps."""


def require_any(actor: Actor) -> None:
    """Raises ``NotAllowed`` for who may export nothing."""
    if not any(map(actor.may, EXPORTS)):
        raise NotAllowed("您没有批量导出的权限。")
