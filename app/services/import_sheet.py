"""The columns of 导入专家: which fields a workbook has, the empty one to fill in, how the headings of one are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, select

from app.documents.import_xlsx import DAY, NUMBER, TEXT, Column, Line, render_import
from app.domain.errors import Invalid
from app.domain.identity import check_character
from app.domain.imports import ROWS_AT_MOST
from app.extensions import db
from app.models import Expert, Region
from app.models.columns import Field, all_fields
from app.policies.actor import Actor
from app.services import province
from app.services.import_names import living_paths
from app.services.profile_values import kind_of

DERIVED = ("sex", "birth_date")
"""What the ID number says (R23)."""
MUST = ("name", "id_number", "mobile", "region")
"""Without these there is no account, or nobody whose it is to look after."""
Row = tuple[int, Sequence[str]]
"""Number as in Excel, and the texts of its cells."""
EXAMPLE = "示例"
"""A row whose name begins so is ours, to be written over."""
_HEADINGS_WITHIN = 10
"""Rows in which headings are looked for: people put a title above them."""
_HELP = {
    "id_number": "18 位，本列须为“文本”格式。性别和出生日期由身份证号得出，不用填写。",
    "mobile": "11 位，用于登录和接收短信，不能与他人相同。",
    "region": "州市和县区，如：{countywithin}。可选的见“所在地区”表。",
    "specialities": "行业类别/重点领域/专业类别。有多个的，用分号“；”隔开。可选的见“申报类别”表。",
}
_AFTER_THE_REGION = "19780808002"
_EXAMPLES = {
    "name": f"{EXAMPLE}（请删除或覆盖本行）",
    "mobile": "19900000000",
    "practice_years": "20",
    "postcode": "650000",
    "email": "zhuanjia@example.com",
}


@dataclass(frozen=True)
class Layout:
    """Where a sheet has what: field to column from 0, the sender's own headings with theirs, and the rows below."""

    places: dict[str, int]
    more: list[tuple[str, int]]
    rows: Sequence[Row] = field(repr=False)

    def cell(self, row: Row, name: str) -> str:
        """The text of a field in a row; "" where the sheet has no such column."""
        place = self.places.get(name, len(row[1]))
        return row[1][place] if place < len(row[1]) else ""

    def content(self, row: Row) -> dict[str, Any]:
        """What is staged of a row (``ImportRow.content``)."""
        cells = {name: text for name in self.places if (text := self.cell(row, name))}
        return {"cells": cells, "more": [row[1][place] if place < len(row[1]) else "" for _, place in self.more]}


@cache
def fields() -> Mapping[str, Field]:
    """The fields of the profile that a workbook has, in the order of the declaration."""
    return {name: declared for name, declared in all_fields(Expert).items() if name not in DERIVED}


def template(actor: Actor) -> bytes:
    """The workbook to fill in, with the regions that the actor may import into."""
    columns = _columns(actor)
    return render_import(columns, _notes(), [Line([column.example for column in columns])], ())


def marked(actor: Actor, staged: Sequence[dict[str, Any]], more: Sequence[str]) -> bytes:
    """The same workbook with rows that are wrong, as they were staged; ``more`` are the sender's own headings."""
    names = list(fields())
    written = [
        Line(
            [*(content["cells"].get(name, "") for name in names), *content["more"]],
            {names.index(name): fault for name, fault in content["faults"].items() if name in names},
        )
        for content in staged
    ]
    return render_import(_columns(actor), _notes(), written, more)


def read_headings(rows: Sequence[Row]) -> Layout:
    """Where the columns are. Raises ``Invalid`` where one that has to be there is not, or stands twice."""
    labels = {_plain(declared.label): name for name, declared in fields().items()}
    wanted = {_plain(fields()[name].label) for name in MUST[:2]}
    heads = ((place, [_plain(cell) for cell in cells]) for place, (_, cells) in enumerate(rows[:_HEADINGS_WITHIN]))
    at, headings = next(((place, head) for place, head in heads if wanted <= set(head)), (0, []))
    if not headings:
        raise Invalid("没有找到标题行：前10行中没有“姓名”和“身份证号”两列。请下载模板，按模板的标题填写。")
    twice = sorted({heading for heading in headings if heading in labels and headings.count(heading) > 1})
    if twice:
        raise Invalid(f"标题“{'、'.join(twice)}”出现了两次，请只保留一列。")
    lacking = [fields()[name].label for name in MUST if _plain(fields()[name].label) not in headings]
    if lacking:
        raise Invalid(f"缺少“{'、'.join(lacking)}”列，请按模板的标题填写。")
    places = {labels[heading]: place for place, heading in enumerate(headings) if heading in labels}
    own = [(rows[at][1][place], place) for place, heading in enumerate(headings) if heading and heading not in labels]
    return Layout(places, own, rows[at + 1 :])


def _plain(heading: str) -> str:
    return "".join(heading.split()).rstrip("*＊").removesuffix("（必填）").removesuffix("(必填)")


def _columns(actor: Actor) -> list[Column]:
    return [_column(actor, name, declared) for name, declared in fields().items()]


def _column(actor: Actor, name: str, declared: Field) -> Column:
    type_ = kind_of(Expert, name)
    options = declared.choices
    if name == "region":
        options = tuple(_region_names(actor))
    elif name == "specialities":
        options = tuple(living_paths())
    kind = DAY if isinstance(type_, Date) else NUMBER if isinstance(type_, Integer) else TEXT
    example = date(2000, 7, 1).isoformat() if kind == DAY else options[0] if options else f"{declared.label}示例"
    return Column(
        label=declared.label,
        required=declared.required,
        help=province.here().fill(_HELP.get(name, declared.help)),
        kind=kind,
        options=options,
        listed=type_ is None,
        many=name == "specialities",
        wide=declared.wide,
        example=_id_number() if name == "id_number" else _EXAMPLES.get(name, example),
    )


def _region_names(actor: Actor) -> Sequence[str]:
    """Those that a profile may have, within the actor's own (R1)."""
    first, last = actor.region_span or ("", "")
    within = select(Region.full_name).where(Region.level > 0, Region.code.between(first, last))
    return db.session.scalars(within.order_by(Region.code)).all()


def _id_number() -> str:
    first = province.here().code + _AFTER_THE_REGION
    return first + check_character(first)


def _notes() -> list[str]:
    must = "、".join(fields()[name].label for name in MUST)
    county = province.here().words["countywithin"]
    return [
        "填写说明",
        f"1. 在“专家信息”表中填写，每位专家一行，一次最多 {ROWS_AT_MOST} 行。姓名以“{EXAMPLE}”开头的行不会导入。",
        "2. 标题带 * 的必须填写。请不要改动标题；可以增加自己的列（如“序号”“备注”），不会导入。",
        f"3. 上传时可以选择“资料不全也导入”：除{must}外，缺少的必填项由专家本人登录后补填。",
        "4. 身份证号、手机号所在的列须为“文本”格式，否则 Excel 会把身份证号的末几位变成 0。性别、出生日期据此得出。",
        "5. 有下拉列表的请从列表中选择。日期写成 2026-11-24、2026/11/24 或 2026年11月24日。",
        "6. 申报类别写成“行业类别/重点领域/专业类别”，有多个的用分号“；”隔开；可选的见“申报类别”表，也可用旧名称。",
        f"7. 所在地区写到县区，如“{county}”；只能导入您所在地区及下级地区的专家，可选的见“所在地区”表。",
        "8. 上传后先检查，确认后才导入：有误的可以在页面上修改，也可以下载标出错误的表格，修改后重新上传。",
        "9. 身份证号已经登记的专家不会改动。同一份表格可以重复上传，不会重复导入。",
        "10. 教育经历、工作经历、执业资格、业绩等列表以及照片、附件，由专家本人登录后填写、上传。",
    ]
