"""证书查验: pages for anybody who holds a certificate, without a login."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from flask import request, session
from flask_appbuilder import BaseView, expose
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from app.domain.errors import Invalid
from app.domain.person_name import comparable
from app.domain.standing import Standing
from app.extensions import limiter
from app.services import certificate_check
from app.services.certificate_check import Finding
from app.views.login_forms import NumberCheckForm
from app.views.outcome import refuse

UNKNOWN = 404
"""What is not found answers so on every way, for people and for machines."""


class FileCheckForm(FlaskForm):
    """The PDF as it was downloaded."""

    file = FileField(
        "聘书 PDF 文件",
        [FileRequired("请选择要核对的 PDF 文件。")],
        description="不超过 2 MB。文件只用来计算校验值，不读取内容，不保存。",
        render_kw={"accept": "application/pdf,.pdf"},
    )


class Look(NamedTuple):
    """How a standing looks: by colour, by picture and in words, so that none of them is needed."""

    tone: str
    icon: str
    english: str
    sentence: str


LOOKS = {
    Standing.VALID: Look("success", "circle-check", "Valid", "本聘书在有效期内。"),
    Standing.NOT_YET: Look("warning", "clock", "Not yet valid", "本聘书自 {} 起有效，现在还没有生效。"),
    Standing.EXPIRED: Look("neutral", "calendar", "Expired", "本聘书的有效期到 {} 为止，已经期满失效。"),
    Standing.TERMINATED: Look("danger", "circle-xmark", "Terminated", "本聘书已于 {} 提前终止，不再有效。"),
    Standing.SUPERSEDED: Look("danger", "refresh", "Superseded", "本聘书已于 {} 由新聘书替代，不再有效。"),
}


def number_asked() -> str:
    """For a limit: the number that somebody tries names for, from wherever. Shortened, for anything may be typed."""
    number = comparable(request.form.get("number", "")[:200])
    return "number:" + hashlib.sha256(number.encode("utf-8", "replace")).hexdigest()[:32]


WAIT = "查验次数过多，请过一会儿再试；也可以扫描聘书上的二维码查验。"
by_address = limiter.shared_limit(
    "30 per minute; 300 per day", scope="certificate checks", methods=["POST"], error_message=WAIT
)
by_number_asked = limiter.limit("30 per hour", key_func=number_asked, methods=["POST"], error_message=WAIT)


class CheckPages(BaseView):
    """Three ways to the same answer; each tells what the certificate says, and nothing else."""

    route_base = "/check"
    default_view = "by_number"
    base_permissions: list[str] = []

    @expose("/", methods=["GET", "POST"])
    @by_address
    @by_number_asked
    def by_number(self) -> Any:
        """Number and name, by POST: neither stands in an address or a log."""
        form = NumberCheckForm()
        if not form.validate_on_submit():
            return self._forms(form, FileCheckForm(formdata=None), 422 if request.method == "POST" else 200)
        found = certificate_check.by_number(form.number.data, form.name.data)
        if found is None:
            return self._forms(form, FileCheckForm(formdata=None), UNKNOWN, missing="number")
        return self._result(found)

    @expose("/file", methods=["POST"])
    @by_address
    def by_file(self) -> Any:
        """The file itself, which is hashed and let go."""
        form, found = FileCheckForm(), None
        if form.validate_on_submit():
            try:
                found = certificate_check.by_file(form.file.data.read(certificate_check.FILE_AT_MOST + 1))
            except Invalid as refusal:
                refuse(form, refusal)
        if form.errors:
            return self._forms(NumberCheckForm(formdata=None), form, 422)
        if found is None:
            return self._forms(NumberCheckForm(formdata=None), form, UNKNOWN, missing="file")
        return self._result(found, same_file=True)

    @expose("/<code>")
    @limiter.limit("60 per minute", error_message="查验次数过多，请过一分钟再试。")
    def by_code(self, code: str) -> Any:
        """Where the QR code leads. No form stands here, so that a visitor gets no cookie."""
        page, status, headers = self._result(certificate_check.by_code(code))
        session.modified = False  # the framework would keep the language there
        return page, status, {**headers, "Referrer-Policy": "no-referrer"}

    def _forms(self, number: FlaskForm, file: FlaskForm, status: int, missing: str = "") -> Any:
        return self.render_template("public/check.html", number=number, file=file, missing=missing), status

    def _result(self, found: Finding | None, *, same_file: bool = False) -> tuple[str, int, dict[str, str]]:
        look = LOOKS[found.standing] if found else None
        page: str = self.render_template("public/check_result.html", found=found, look=look, same_file=same_file)
        return page, 200 if found else UNKNOWN, {"X-Robots-Tag": "noindex, nofollow"}
