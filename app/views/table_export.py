"""导出 Excel from any list: the rows that are ticked, or all that the filters find, with the columns that one ticks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import redirect, request
from flask_appbuilder import action, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import InputRequired, Regexp, StopValidation

from app.domain.errors import Conflict, Invalid
from app.domain.exports import MOST_ROWS, Said, TableChoice
from app.domain.values import NOT_LISTED
from app.extensions import limiter
from app.services import table_export
from app.services.export_subjects import Column, Subject
from app.views import current
from app.views.bulk_form import KEY
from app.views.fields import choices_of, whole_number
from app.views.filters import Filtering
from app.views.outcome import refuse
from app.views.ticked import TickedRowsView

EXPORT = "export"
LOST = "页面已失效，请回到列表重新选择。"
ALL, USUAL = "all", "usual"
"""The buttons that tick all columns, or those of the list."""


class ColumnsField(SelectMultipleField):
    """Some of the columns."""

    def pre_validate(self, form: Any) -> None:
        """WTForms has no Chinese for these refusals."""
        if not self.data:
            raise StopValidation("请至少选择一列。")
        if not set(self.data) <= {choice.value for choice in self.choices}:
            raise StopValidation(NOT_LISTED)


class TableForm(FlaskForm):
    """The columns; a key that works once. The rows, where any were ticked, stand beside it as ``rowid``."""

    key = HiddenField(validators=[InputRequired(LOST), Regexp(KEY, message=LOST)])
    columns = ColumnsField("列", validate_choice=False)


class TableExport(TickedRowsView):
    """A list that can be taken out as a workbook. The page beforehand says how many rows, and asks for the columns."""

    subject: ClassVar[Subject]

    def __init__(self, **kwargs: Any) -> None:
        asked = dict.fromkeys(("export_table", "export_ticked"), EXPORT)
        self.method_permission_name = {**asked, **(self.method_permission_name or {})}
        super().__init__(**kwargs)

    @action("export_ticked", "导出 Excel", "", "fa-download", single=False)
    def export_ticked(self, _picks: Any) -> Any:
        """Those that were ticked, whatever the list's other actions read of them."""
        return self._choose(self._fresh(), TableExport.ticked(self, request.form.getlist("rowid")))

    def ticked(self, texts: Sequence[str]) -> Any:
        """The ids. Raises ``Invalid`` where none was ticked."""
        picks = picked(texts)
        if not picks:
            raise Invalid("请先在列表中勾选要导出的记录。")
        return picks

    @expose("/export_table", methods=["GET", "POST"])
    @limiter.limit("120 per hour", methods=["POST"])
    @has_access
    @permission_name(EXPORT)
    def export_table(self) -> Any:
        """Asks for the columns, then puts it in the queue: what was ticked, else all that the filters find."""
        if request.method == "GET":
            return self._choose(self._fresh(), [])
        form, picks = self._form(), picked(request.form.getlist("rowid"))
        if request.form.get("tick") in (ALL, USUAL):
            form.columns.data = list(self.offered() if request.form["tick"] == ALL else self._usual())
            return self._choose(form, picks)
        if form.validate():
            asked = self.asked()
            ids = picks or table_export.matching(self.datamodel.obj, asked.conditions, asked.order)
            names = [name for name in self.offered() if name in form.columns.data]
            choice = TableChoice(
                self.list_title, tuple(names), () if picks else _said(asked.filtering), ticked=bool(picks)
            )
            try:
                job_id = table_export.order(current.actor(), self.subject, form.key.data or "", ids, choice)
            except (Conflict, Invalid) as refusal:
                refuse(form, refusal)
            else:
                return redirect(f"/exports/{job_id}")
        return self._choose(form, picks), 422

    def offered(self) -> Mapping[str, Column]:
        """The columns that can be had, by name: section by section, in each those of the list in its order first."""
        columns = self.subject.columns
        places = {section: n for n, section in enumerate(dict.fromkeys(one.section for one in columns.values()))}
        names = dict.fromkeys((*self._usual(), *columns))
        return {name: columns[name] for name in sorted(names, key=lambda name: places[columns[name].section])}

    def _usual(self) -> list[str]:
        return [name for name in self.list_columns if name in self.subject.columns]

    def _form(self, **kwargs: Any) -> TableForm:
        form = TableForm(**kwargs)
        form.columns.choices = choices_of((name, column.heading.label) for name, column in self.offered().items())
        return form

    def _fresh(self) -> TableForm:
        """The form as the page first shows it, with the columns that this person chose last."""
        form = self._form(formdata=None)
        form.key.data = secrets.token_urlsafe(16)
        form.columns.data = table_export.last_columns(current.actor(), self.subject, self.list_title) or self._usual()
        return form

    def _choose(self, form: TableForm, picks: list[int]) -> Any:
        query, asked = urlencode(list(request.args.items(multi=True))), self.asked()
        offered = self.offered().values()
        sections = groupby(offered, lambda column: column.section)
        return self.render_template(
            "exports/table.html",
            title=f"导出 Excel：{self.list_title}",
            form=form,
            picks=picks,
            count=len(picks) or table_export.count(self.datamodel.obj, asked.conditions),
            most=MOST_ROWS,
            subject=self.subject,
            list_title=self.list_title,
            masked=any(column.is_masked for column in offered),
            filters=() if picks else _said(asked.filtering),
            sections=[(section, list(columns)) for section, columns in sections],
            action=f"{self.route_base}/export_table?{query}",
            back=f"{self.route_base}/list/?{query}",
        )


def picked(texts: Sequence[str]) -> list[int]:
    """The rows that were ticked, each once; a version that stands with a row is left. What is no row's is 0, no id."""
    return list(dict.fromkeys(whole_number(text.partition(":")[0]) or 0 for text in texts))


def _said(filtering: Filtering) -> tuple[Said, ...]:
    """The filters that are set, in words."""
    words = [(label, text) for label, text, _ in filtering.active]
    kinds = [item.kind for item, _ in filtering.chosen]
    return tuple(Said(*said, typed=kind == "text") for said, kind in zip(words, kinds, strict=True))
