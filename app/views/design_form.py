"""The form of 聘书样式: the wording, the look, and on which sample it is previewed."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import Length

from app.domain.design import DEFAULT, LABELS, LENGTHS, SCALES, Accent, Border, Design, problems
from app.domain.values import too_long
from app.services.design_versions import NOTE_LENGTH
from app.services.specimens import SAMPLES
from app.views.fields import choices_of, plain_text, whole_number


def _trimmed(value: str | None) -> str:
    # A full-width space is a choice of layout: only what a keyboard leaves by accident is taken away.
    return (value or "").strip(" \t\r\n")


def _wording(name: str, help_text: str = "") -> StringField:
    """A line of the certificate; what it may be, the domain says."""
    attributes = {"maxlength": LENGTHS[name], "data-ruled": getattr(DEFAULT, name)}
    return StringField(LABELS[name], filters=[_trimmed], description=help_text, render_kw=attributes)


class DesignForm(FlaskForm):
    """What an organization decides about its certificates."""

    version = HiddenField()
    heading = _wording("heading")
    greeting = _wording("greeting", "必须写上{name}，印出时换成专家姓名。")
    sentence = _wording("sentence", "必须写上{body}和{title}，印出时换成聘用单位和聘任名称。")
    number_label = _wording("number_label", "后面印证书编号。")
    term_label = _wording("term_label", "后面印起止日期，或“长期”。")
    closing = _wording("closing", "选填。印在有效期限下面，如“特发此证。”。")
    border = RadioField(LABELS["border"], choices=choices_of((one.value, one.label) for one in Border))
    accent = RadioField(
        LABELS["accent"], choices=choices_of((one.value, one.label) for one in Accent), description="标题和装饰的颜色。"
    )
    scale = RadioField(
        LABELS["scale"],
        choices=choices_of((str(one), f"{one}%") for one in SCALES),
        description="100%为标准字号。文字过长时，系统会自动缩小，始终印在一页内。",
    )
    qr = BooleanField(LABELS["qr"], description="印上后，任何人用手机扫码就能查验聘书的真伪和状态。建议保留。")
    note = StringField(
        "修改说明",
        [plain_text, Length(max=NOTE_LENGTH, message=too_long(NOTE_LENGTH))],
        filters=[_trimmed],
        description="选填。为什么修改，留在版本记录中。",
        render_kw={"maxlength": NOTE_LENGTH},
    )
    sample = RadioField(
        "预览用的内容",
        choices=choices_of((key, one.label) for key, one in SAMPLES.items()),
        default="plain",
        validate_choice=False,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """With each line's own problem beside it."""
        valid = bool(super().validate(extra_validators))
        if self.border.errors or self.accent.errors or self.scale.errors:
            return False
        found = problems(design_of(self))
        for name, problem in found.items():
            self[name].errors = [problem]
        return valid and not found


def design_of(form: DesignForm) -> Design:
    """What the form says. Its choices must be valid."""
    wording = {name: form[name].data or "" for name in LENGTHS}
    return Design(
        **wording,
        border=next(one for one in Border if one.value == form.border.data),
        accent=next(one for one in Accent if one.value == form.accent.data),
        scale=whole_number(form.scale.data) or 0,
        qr=bool(form.qr.data),
    )


def filled(design: Design, version: int, note: str = "") -> DesignForm:
    """The form with a design to begin from; ``version`` is the newest that is seen."""
    form = DesignForm(formdata=None)
    for name in LENGTHS:
        form[name].data = getattr(design, name)
    form.border.data, form.accent.data = design.border.value, design.accent.value
    form.scale.data, form.qr.data = str(design.scale), design.qr
    form.version.data, form.note.data = str(version), note
    return form
