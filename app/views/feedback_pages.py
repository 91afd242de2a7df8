"""意见反馈 of everybody and of who answers it, and 常见问题 that grow out of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.errors import DomainError
from app.extensions import limiter
from app.models import FaqEntry, Feedback, FeedbackState
from app.models.feedback import TEXT_LENGTH
from app.services import faq, feedback
from app.views import current
from app.views.admin_desk import ReferenceView
from app.views.base import READ, RegistryModelView
from app.views.fields import LinesField, plain_text
from app.views.interface import ScopedInterface
from app.views.outcome import perform, refuse

TONES = {FeedbackState.OPEN: "info", FeedbackState.ANSWERED: "success", FeedbackState.CLOSED: "neutral"}
_TOO_LONG = f"不能超过{TEXT_LENGTH}个字。"


def _lines(label: str, rows: int = 6) -> LinesField:
    checks = [InputRequired(f"请填写{label}。"), plain_text, Length(max=TEXT_LENGTH, message=_TOO_LONG)]
    return LinesField(label, checks, render_kw={"maxlength": TEXT_LENGTH, "rows": rows})


class FeedbackForm(FlaskForm):
    """A question."""

    question = _lines("问题或建议")
    contact = StringField(
        "联系方式",
        [plain_text, Length(max=80, message="不能超过80个字。")],
        description="电话、QQ 或邮箱，建议填写，方便我们联系您。",
        render_kw={"maxlength": 80},
    )


class MoreForm(FlaskForm):
    """What the asker adds to a question."""

    more = _lines("补充内容", rows=3)


class AnswerForm(FlaskForm):
    """An answer."""

    answer = _lines("答复")


class FeedbackPages(BaseView):
    """One's own questions and their threads (R5)."""

    route_base = "/feedback"
    default_view = "feedback"
    base_permissions: list[str] = []

    @expose("/", methods=["GET", "POST"])
    @login_required
    @limiter.limit("30 per hour", methods=["POST"])
    def feedback(self) -> Any:
        """Ask, and read the answers."""
        form = FeedbackForm()
        if form.validate_on_submit():
            try:
                feedback.ask(current.actor(), form.question.data or "", form.contact.data or "")
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("已提交，管理人员答复后可在本页查看。", "success")
                return redirect("/feedback/")
        return self._page(form, MoreForm(formdata=None), 0)

    @expose("/<int:feedback_id>/more", methods=["POST"])
    @login_required
    @limiter.limit("30 per hour")
    def more(self, feedback_id: int) -> Any:
        """Asks on; what was typed stays where it is refused."""
        form = MoreForm()
        if form.validate_on_submit() and perform(
            feedback.ask_on, feedback_id, current.actor(), form.more.data or "", done="已提交，等待管理人员答复。"
        ):
            return redirect(f"/feedback/#question-{feedback_id}")
        return self._page(FeedbackForm(formdata=None), form, feedback_id)

    @expose("/<int:feedback_id>/close", methods=["POST"])
    @login_required
    def close(self, feedback_id: int) -> Any:
        """The asker needs nothing more."""
        perform(feedback.close, feedback_id, current.actor(), done="已办结。还有问题时可以继续补充。")
        return redirect(f"/feedback/#question-{feedback_id}")

    def _page(self, form: FeedbackForm, more: MoreForm, about: int) -> Any:
        page = self.render_template(
            "help/feedback.html",
            title="意见反馈",
            form=form,
            more=more,
            about=about,
            questions=feedback.own(current.actor()),
            tones=TONES,
        )
        return page, (422 if request.method == "POST" else 200)


class FeedbackView(RegistryModelView):
    """意见反馈, for who answers."""

    route_base = "/feedback-desk"
    resource = "意见反馈"
    datamodel = ScopedInterface(Feedback)
    empty_text = "还没有人反馈意见。"
    method_permission_name = {"answer": "answer", "close": "answer"}

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The thread and its answer form."""
        return self._answer_page(pk, AnswerForm(formdata=None))

    @expose("/answer/<pk>", methods=["POST"])
    @has_access
    @permission_name("answer")
    def answer(self, pk: str) -> Any:
        """Answers; the asker reads it on their own page."""
        form = AnswerForm()
        if form.validate_on_submit() and perform(
            feedback.answer, pk, current.actor(), form.answer.data or "", done="已答复。"
        ):
            return redirect("/feedback-desk/list/")
        return self._answer_page(pk, form), 422

    @expose("/close/<pk>", methods=["POST"])
    @has_access
    @permission_name("answer")
    def close(self, pk: str) -> Any:
        """There is nothing to answer any more."""
        perform(feedback.close, pk, current.actor(), done="已办结。")
        return redirect("/feedback-desk/list/")

    def _answer_page(self, pk: str, form: AnswerForm) -> Any:
        row = feedback.thread(pk, current.actor())
        return self.render_template("admin/feedback.html", title="意见反馈", question=row, form=form, tones=TONES)


class FaqView(ReferenceView):
    """常见问题: shown in the manual's chapter of that name."""

    route_base = "/faq"
    resource = "常见问题"
    datamodel = ScopedInterface(FaqEntry)
    form_names = ("question", "answer", "position", "retired")
    base_order = ("position", "asc")
    empty_text = "还没有增加过常见问题。可以从一条已答复的意见反馈整理。"

    def offer(self, form: Any) -> None:
        """``?feedback=``: what its thread would make, to be reworded."""
        if asked := request.args.get("feedback"):
            form.question.data, form.answer.data = faq.proposed(asked, current.actor())
