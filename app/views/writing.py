"""Adding and changing a row on a generated screen: one transaction; what was typed stays in the form, with reasons."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import DomainError
from app.extensions import db
from app.services import rows, texts
from app.services.unit_of_work import transactional


class WritingView:
    """The half of ``RegistryModelView`` that writes."""

    route_base: Any
    datamodel: Any
    add_form: Any
    edit_form: Any
    _get_add_widget: Any
    _get_edit_widget: Any
    prefill_form: Any

    def _add(self) -> dict[str, Any] | None:
        form = self.add_form.refresh()
        if request.method == "GET":
            self.offer(form)
        if request.method == "POST" and self._save(form, None):
            return None
        return self._get_add_widget(form=form)

    def _edit(self, pk: Any) -> dict[str, Any] | None:
        item = self.datamodel.get(pk)
        if item is None:
            abort(404)
        form = self.edit_form.refresh(obj=item) if request.method == "GET" else self.edit_form(request.form, obj=item)
        if request.method == "POST" and self._save(form, pk):
            return None
        if request.method == "GET":
            self.prefill_form(form, pk)
        return self._get_edit_widget(form=form)

    def _save(self, form: Any, pk: Any) -> bool:
        if not form.validate():
            return False

        @transactional
        def write() -> None:
            item = self.datamodel.obj() if pk is None else self.datamodel.get(pk)
            before = {} if pk is None else self.recorded(item)
            with db.session.no_autoflush:
                form.populate_obj(item)
                self.check(item, form)
                rows.refuse_duplicate(item)
                db.session.add(item)
            db.session.flush()
            self.written(item, added=pk is None, changed=texts.changes(before, self.recorded(item)))

        try:
            write()
        except DomainError as refusal:
            field = getattr(form, refusal.field or "", None)
            if field is not None:
                field.errors = [*field.errors, refusal.message]
            else:
                flash(refusal.message, "danger")
            return False
        flash("已新增。" if pk is None else "已保存。", "success")
        return True

    def offer(self, form: Any) -> None:
        """What a new row's form begins with."""

    def check(self, item: Any, form: Any) -> None:
        """Refuses, by a ``DomainError``, what the form alone cannot see."""

    def recorded(self, item: Any) -> dict[str, str]:
        """Label to text of what 操作日志 keeps of a row."""
        return texts.recorded(item)

    def written(self, item: Any, *, added: bool, changed: list[dict[str, str]]) -> None:
        """Follows a row that was written, in its transaction; ``changed`` is what differs from before."""

    def post_add_redirect(self) -> BaseResponse:
        """Back to the list."""
        return redirect(f"{self.route_base}/list/")

    post_edit_redirect = post_add_redirect
