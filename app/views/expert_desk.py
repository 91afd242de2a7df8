"""The expert's own pages (R5): profile, files, 申报, certificates."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField

from app.domain.errors import DomainError, Invalid
from app.domain.identity import parse_mobile
from app.domain.states import OPEN_STATUSES, Action, ApplicationStatus
from app.extensions import limiter
from app.models import PROFILE_LISTS, AttachmentKind, Region
from app.policies.roles import OWN
from app.services import accounts, applications, attachments, codes, profile_document, profiles
from app.services.form_drafts import DraftOf
from app.views import correction_pages, current, draft_pages, field_help, profile_form, renewal_desk, throttle
from app.views.answers import answers
from app.views.cases import TONES, timeline
from app.views.fields import choices_of, whole_number
from app.views.filters import rows_named, specialities_named
from app.views.outcome import perform, refuse
from app.views.password_form import MobileForm
from app.views.word import own_word

APPLY = "apply"


class UploadForm(FlaskForm):
    """One file and what it is."""

    kind = SelectField(
        "材料类别", choices=choices_of((k.value, k.label) for k in AttachmentKind if k not in profiles.APART)
    )
    file = FileField("文件", description="PDF、JPEG、PNG 或 Word，不超过 20 MB。手机可以直接拍照。")


class PhotoForm(FlaskForm):
    """The photo."""

    photo = FileField("照片", description="近期免冠证件照，JPEG 或 PNG。")


class ExpertDesk(BaseView):
    """Everything under ``/my/`` is the present expert's own."""

    route_base = "/my"
    default_view = "desk"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/")
    @has_access
    @permission_name(APPLY)
    def desk(self) -> Any:
        """What to do next, in one sentence; cases and certificates."""
        expert = profiles.own(current.actor())
        missing = profiles.missing(expert)
        cases = applications.own_cases(current.actor())
        return self.render_template(
            "expert/desk.html",
            title="专家管理系统",
            expert=expert,
            percent=profiles.completeness(missing),
            missing=missing,
            locked=profiles.is_locked(expert.id),
            cases=cases,
            open_cases=[case for case in cases if case.status in OPEN_STATUSES],
            **renewal_desk.own_certificates(cases),
        )

    @expose("/profile", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    def profile(self) -> Any:
        """基本信息: 保存 checks every ``*`` (R8), 暂存草稿 keeps what there is."""
        expert = profiles.own(current.actor())
        form: Any = profile_form.profile_form()()
        locked = profiles.is_locked(expert.id)
        draft = None if locked else draft_pages.open_draft(DraftOf.PROFILE, expert.version)
        if request.method == "GET":
            form = profile_form.profile_form()(draft.typed) if draft else profile_form.filled(expert)
            form.version.data = str(expert.version)
        profile_form.mark_required(form)
        if request.method == "POST" and form.validate():
            is_draft = request.form.get("save") == "draft"
            values, lists = profile_form.values_of(form)
            version = whole_number(form.version.data) or 0
            try:
                profiles.save(current.actor(), values, lists, version=version, draft=is_draft)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("草稿已暂存。" if is_draft else "基本信息已保存。", "success")
                return redirect("/my/profile")
            expert = profiles.own(current.actor())
        missing = profiles.missing(expert)
        page = self.render_template(
            "expert/profile.html",
            title="基本信息",
            form=form,
            expert=expert,
            draft=draft,
            **correction_pages.own_returns(),
            sections=profile_form.sections(),
            wide=profile_form.wide_names(),
            lists=PROFILE_LISTS,
            fixed=profile_document.fixed_entries(expert),
            percent=profiles.completeness(missing),
            missing=missing,
            lacking=profile_form.lacking(missing),
            locked=locked,
            hints=field_help.hints(),
            row_hints=field_help.row_hints(),
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/choices/<name>")
    @has_access
    @permission_name(APPLY)
    def choices(self, name: str) -> Response:
        """Rows for the profile's AJAX controls."""
        typed = request.args.get("q", "")[:100]
        if name == "region":
            return jsonify(rows_named(Region, typed, Region.level > 0))
        return jsonify(specialities_named(typed))

    @expose("/files", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    @limiter.limit("120 per hour", methods=["POST"])
    def files(self) -> Any:
        """附件材料 and photo (R9)."""
        upload, photo = UploadForm(formdata=None), PhotoForm(formdata=None)
        if request.method == "POST":
            is_photo = "photo" in request.files
            form: Any = PhotoForm() if is_photo else UploadForm()
            upload, photo = (upload, form) if is_photo else (form, photo)
            if form.validate() and self._uploaded(form, is_photo):
                return redirect("/my/files")
        expert = profiles.own(current.actor())
        page = self.render_template(
            "expert/files.html",
            title="附件材料",
            expert=expert,
            **correction_pages.own_returns(),
            current_photo=profiles.photo_of(expert.id),
            upload=upload,
            photo=photo,
            attachments=profiles.living_attachments(expert.id),
            has_evidence=not any("单位同意" in label for label in profiles.missing(expert)),
            locked=profiles.is_locked(expert.id),
        )
        return page, (422 if request.method == "POST" else 200)

    def _uploaded(self, form: Any, is_photo: bool) -> bool:
        field = form.photo if is_photo else form.file
        kind = AttachmentKind.PHOTO if is_photo else next(k for k in AttachmentKind if k.value == form.kind.data)
        try:
            if not field.data or not field.data.filename:
                raise Invalid("请先选择文件。", field=field.name)
            attachments.upload(current.actor(), kind, field.data.read(), field.data.filename)
        except DomainError as refusal:
            field.errors = [*field.errors, refusal.message]
            return False
        flash("照片已更新。" if is_photo else "附件已上传。", "success")
        return True

    @expose("/files/<int:attachment_id>/remove", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    def remove_file(self, attachment_id: int) -> BaseResponse:
        """Takes a file out of the profile."""
        perform(attachments.remove, current.actor(), attachment_id, done="已删除。")
        return redirect("/my/files")

    @expose("/word")
    @has_access
    @permission_name(APPLY)
    def word(self) -> Response:
        """导出基本信息."""
        return own_word(profiles.own(current.actor()))

    @expose("/apply", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    def apply(self) -> Any:
        """申报: choose departments, check the answers, send (R8-R12)."""
        actor = current.actor()
        ticked = (whole_number(text) for text in request.form.getlist("departments"))
        chosen = {number for number in ticked if number is not None}
        if request.method == "POST" and perform(
            applications.submit, actor, sorted(chosen), done="申报已提交，请等待部门审核。结果请留意右上角的通知。"
        ):
            return redirect("/my/applications")
        expert = profiles.own(actor)
        page = self.render_template(
            "expert/apply.html",
            title="发起申报",
            expert=expert,
            **answers(expert),
            groups=_by_organization(applications.receiving_departments()),
            closed=applications.closed_departments(expert.id),
            **renewal_desk.own_certificates(()),
            chosen=chosen,
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/applications")
    @has_access
    @permission_name(APPLY)
    def cases(self) -> Any:
        """我的申报, each with its timeline."""
        cases = applications.own_cases(current.actor())
        histories = applications.histories([case.id for case in cases])
        return self.render_template(
            "expert/cases.html",
            title="我的申报",
            cases=cases,
            **correction_pages.own_returns(),
            tones=TONES,
            timelines={case.id: timeline(histories[case.id]) for case in cases},
            withdrawable=(ApplicationStatus.PENDING_REVIEW, ApplicationStatus.RETURNED),
            reasons={case.id: _refusal(histories[case.id]) for case in cases},
        )

    @expose("/applications/<int:application_id>/withdraw", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    def withdraw(self, application_id: int) -> BaseResponse:
        """Takes back a case that is not decided."""
        version = whole_number(request.form.get("version")) or 0
        perform(applications.withdraw, current.actor(), application_id, version, done="申报已撤回。")
        return redirect("/my/applications")

    @expose("/certificates")
    @has_access
    @permission_name(APPLY)
    def certificates(self) -> Any:
        """我的聘书."""
        return self.render_template(
            "expert/certificates.html",
            title="我的聘书",
            **renewal_desk.own_certificates(applications.own_cases(current.actor())),
        )

    @expose("/mobile", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    @limiter.limit("30 per hour", methods=["POST"])
    def mobile(self) -> Any:
        """更换手机号, proved by a code."""
        form = MobileForm()
        if form.validate_on_submit():
            with throttle.one_try(throttle.PASSWORD, f"#{current_user.id}", form, guessed="password"):
                accounts.confirm_password(current_user.id, form.password.data or "")
                code_id = codes.check(parse_mobile(form.mobile.data or ""), codes.CHANGE_MOBILE, form.code.data or "")
                accounts.change_mobile(current.actor(), form.mobile.data or "", code_id)
                flash("手机号已更换，下次请用新手机号登录。", "success")
                return redirect("/my/profile")
        page = self.render_template("expert/mobile.html", title="更换手机号", form=form)
        return page, (422 if request.method == "POST" else 200)

    @expose("/mobile/code", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    @limiter.limit("20 per hour")
    def mobile_code(self) -> Any:
        """Sends a code to the new mobile."""
        try:
            codes.send(request.form.get("mobile", ""), codes.CHANGE_MOBILE)
        except DomainError as refusal:
            return jsonify(message=refusal.message), refusal.status
        return jsonify(message="验证码已发送，10分钟内有效。")


def _refusal(steps: list[Any]) -> str:
    """The last reason of a rejected case."""
    return next((step.reason for step in reversed(steps) if step.action is Action.REJECT), "")


def _by_organization(departments: list[Any]) -> list[tuple[Any, list[Any]]]:
    """The departments under their organizations, in order."""
    found: dict[int, tuple[Any, list[Any]]] = {}
    for department in departments:
        found.setdefault(department.organization_id, (department.organization, []))[1].append(department)
    return list(found.values())
