"""导出 Excel of any list: which rows its filters find, the order with the chosen columns, and the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import IO, Any

from sqlalchemy import Select, inspect, select

from app.documents.table_xlsx import Value, write_table
from app.domain.errors import Invalid, NotFound
from app.domain.exports import MOST_ROWS, ExportKind, Said, TableChoice, as_ranges
from app.domain.validity import SHANGHAI, chinese_date
from app.extensions import db
from app.models import ExportJob
from app.models.types import now
from app.policies.actor import Actor
from app.services import export_orders, rows
from app.services.disclosure import MASKED
from app.services.export_subjects import AsOf, Column, Subject, loading
from app.services.listing import Condition, Order
from app.services.unit_of_work import transactional

LOOKED_BACK = 50
"""Orders of a person among which the last of the same list is looked for."""

Parts = Iterable[tuple[Actor, Sequence[int]]]
"""The rows of an order a part at a time, each with who asked, as they stand at that moment."""


def matching(model: type[Any], conditions: Sequence[Condition], order: Order) -> list[int]:
    """The keys of all rows that pass, in the order of the list; one more than fit where there are more."""
    directed = [one.desc() if order.descending else one.asc() for one in order.keys]
    return list(db.session.scalars(_passing(model, conditions).order_by(*directed).limit(MOST_ROWS + 1)))


def count(model: type[Any], conditions: Sequence[Condition]) -> int:
    """How many rows pass; one more than fit where there are more."""
    return db.session.scalar(select(rows.capped(_passing(model, conditions), MOST_ROWS))) or 0


def _passing(model: type[Any], conditions: Sequence[Condition]) -> Select[Any]:
    return select(inspect(model).primary_key[0]).where(*(one.clause for one in conditions))


def check_count(subject: Subject, count: int) -> None:
    """Raises ``Invalid`` for nothing, or more than one workbook takes."""
    if not count:
        raise Invalid(f"没有可以导出的{subject.noun}，请回到列表重新查询。")
    if count > MOST_ROWS:
        most = subject.counted(MOST_ROWS)
        raise Invalid(f"一次最多导出{most}，符合条件的不止这些，请缩小查询条件（如所在地区、时间），分几次导出。")


@transactional
def order(actor: Actor, subject: Subject, key: str, ids: Sequence[int], choice: TableChoice) -> int:
    """Puts a workbook of these rows in the queue; gives its id. The form ``key`` sent again gives the first one's.

    Raises ``Invalid`` as ``check_count`` does and for a column that is none, ``NotFound`` for a row out of scope (R1),
    and as ``export_orders.former`` and ``add`` do.
    """
    before = export_orders.former(actor, subject, key)
    if before is not None:
        return before
    columns = _columns(subject, choice.columns)
    check_count(subject, len(ids))
    if len(subject.seen(actor, ids)) < len(set(ids)):
        raise NotFound(rows.NOT_THERE)
    labels = "、".join(column.heading.label for column in columns)
    found = "勾选" if choice.ticked else "；".join(f"{one.label}：{_without_names(one)}" for one in choice.filters)
    detail = {"list": choice.title, "columns": labels, "filters": found or "全部"}
    if choice.ticked:
        detail["rows"] = as_ranges(ids)
    return export_orders.add(actor, subject, key, ExportKind.XLSX, ids, detail, asdict(choice))


def last_columns(actor: Actor, subject: Subject, title: str) -> list[str]:
    """The columns that the actor chose last for the list of this title; none where they never did."""
    mine = select(ExportJob.choice).where(ExportJob.owner_id == actor.user_id, ExportJob.subject == subject.key)
    for choice in db.session.scalars(mine.order_by(ExportJob.id.desc()).limit(LOOKED_BACK)):
        if choice and choice["title"] == title:
            return [name for name in choice["columns"] if name in subject.columns]
    return []


def write(subject: Subject, asked: dict[str, Any], owner: Actor, parts: Parts, out: IO[bytes], total: int) -> None:
    """The workbook, and in it who exported what and when. ``asked`` is a ``TableChoice`` as an order keeps it."""
    columns = _columns(subject, asked["columns"])
    headings, lines = [column.heading for column in columns], _lines(subject, columns, parts)
    write_table(asked["title"], headings, lines, _about(asked, columns, owner, total), out)


def _columns(subject: Subject, names: Sequence[str]) -> list[Column]:
    if not names:
        raise Invalid("请至少选择一列。", field="columns")
    if not set(names) <= subject.columns.keys():
        raise Invalid("请从列出的列中选择。", field="columns")
    return [subject.columns[name] for name in dict.fromkeys(names)]


def _lines(subject: Subject, columns: Sequence[Column], parts: Parts) -> Iterator[list[Value]]:
    as_of, options = AsOf.now(), loading(subject, columns)
    for actor, ids in parts:
        for row in subject.rows(actor, ids, *options):
            yield [column.read(row, as_of) for column in columns]


def _about(asked: dict[str, Any], columns: Sequence[Column], owner: Actor, total: int) -> list[tuple[str, str]]:
    made = now().astimezone(SHANGHAI)
    filters = "；".join(f"{one['label']}：{one['words']}" for one in asked["filters"])
    found = "勾选的记录" if asked["ticked"] else filters
    remarks = ["内容是导出时的状态，此后的变化不会在本表中更新。"]
    if any(column.is_masked for column in columns):
        remarks.append(f"{MASKED}。")
    return [
        ("内容", asked["title"]),
        ("筛选条件", found or "无（查看范围内的全部记录）"),
        ("记录数", str(total)),
        ("列", "、".join(column.heading.label for column in columns)),
        ("导出人", f"{owner.name}（{owner.place}）"),
        ("导出时间", f"{chinese_date(made)} {made:%H:%M}（北京时间）"),
        ("说明", "".join(remarks)),
    ]


def _without_names(one: Said) -> str:
    """A filter for 操作日志, which holds no personal data."""
    return "（已填写）" if one.typed else one.words
