"""帮助文档 and 意见反馈, at the top right of every page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.errors import DomainError
from app.extensions import limiter
from app.models import Feedback
from app.services import feedback
from app.views import current
from app.views.base import READ, RegistryModelView
from app.views.fields import LinesField, plain_text
from app.views.interface import ScopedInterface
from app.views.markdown import clean_html
from app.views.outcome import perform, refuse

MANUAL = Path(__file__).resolve().parent.parent / "help"


class FeedbackForm(FlaskForm):
    """A question."""

    question = LinesField(
        "问题或建议",
        [InputRequired("请填写问题或建议。"), plain_text, Length(max=feedback.LENGTH, message="不能超过1000个字。")],
        render_kw={"maxlength": feedback.LENGTH, "rows": 6},
    )
    contact = StringField(
        "联系方式",
        [plain_text, Length(max=80, message="不能超过80个字。")],
        description="电话、QQ 或邮箱，建议填写，方便我们联系您。",
        render_kw={"maxlength": 80},
    )


class AnswerForm(FlaskForm):
    """An answer."""

    answer = LinesField(
        "答复",
        [InputRequired("请填写答复。"), plain_text, Length(max=feedback.LENGTH, message="不能超过1000个字。")],
        render_kw={"maxlength": feedback.LENGTH, "rows": 6},
    )


@cache
def chapters() -> dict[str, tuple[str, str]]:
    """Address to title and clean HTML of each chapter of the manual, in order."""
    found = {}
    for path in sorted(MANUAL.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].lstrip("# ").strip()
        found[path.stem.split("-", 1)[1]] = (title, clean_html(text))
    return found


class Help(BaseView):
    """The manual, open to everybody; and one's own questions."""

    route_base = ""
    default_view = "manual"
    base_permissions: list[str] = []

    @expose("/help/")
    @expose("/help/<chapter>")
    def manual(self, chapter: str = "") -> Any:
        """A chapter of the manual."""
        every = chapters()
        chapter = chapter or next(iter(every), "")
        if chapter not in every:
            abort(404)
        title, html = every[chapter]
        return self.render_template(
            "help/chapter.html",
            title=title,
            html=html,
            chapter=chapter,
            chapters=every,
            support_phone=current_app.config["SUPPORT_PHONE"],
            support_qq=current_app.config["SUPPORT_QQ"],
        )

    @expose("/feedback/", methods=["GET", "POST"])
    @login_required
    @limiter.limit("30 per hour", methods=["POST"])
    def feedback(self) -> Any:
        """Ask, and read the answers to one's own questions."""
        form = FeedbackForm()
        if form.validate_on_submit():
            try:
                feedback.ask(current.actor(), form.question.data or "", form.contact.data or "")
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("已提交，管理人员答复后可在本页查看。", "success")
                return redirect("/feedback/")
        page = self.render_template(
            "help/feedback.html", title="意见反馈", form=form, questions=feedback.own(current.actor())
        )
        return page, (422 if request.method == "POST" else 200)


class FeedbackView(RegistryModelView):
    """意见反馈, for who answers."""

    route_base = "/feedback-desk"
    resource = "意见反馈"
    datamodel = ScopedInterface(Feedback)
    empty_text = "还没有人反馈意见。"
    method_permission_name = {"answer": "answer"}

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The question and its answer form."""
        return self._answer_page(pk, AnswerForm(formdata=None))

    @expose("/answer/<pk>", methods=["POST"])
    @has_access
    @permission_name("answer")
    def answer(self, pk: str) -> Any:
        """Answers; the asker reads it on their own page."""
        form = AnswerForm()
        row = self.datamodel.get(pk)
        if row is None:
            abort(404)
        if form.validate_on_submit() and perform(
            feedback.answer, row.id, current.actor(), form.answer.data or "", done="已答复。"
        ):
            return redirect("/feedback-desk/list/")
        return self._answer_page(pk, form), 422

    def _answer_page(self, pk: str, form: AnswerForm) -> Any:
        row = self.datamodel.get(pk)
        if row is None:
            abort(404)
        if not form.is_submitted() and row.answer:
            form.answer.data = row.answer
        return self.render_template("admin/feedback.html", title="意见反馈", question=row, form=form)
