"""导出基本信息: a profile as a Word file, whole for the expert, masked for officials who have no reason to say."""

from __future__ import annotations

from io import BytesIO

from flask import Response, send_file

from app.documents.data import ProfileData
from app.documents.profile_docx import render_profile
from app.models import Expert
from app.services import case_history, disclosure
from app.views import current

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def own_word(expert: Expert) -> Response:
    """The present expert's own."""
    return _file(disclosure.own_form(current.actor(), expert))


def masked_word(expert: Expert) -> Response:
    """For officials."""
    return _file(disclosure.masked_form(current.actor(), expert))


def full_word(expert: Expert, reason: str) -> Response:
    """For officials who may, with their reason. Raises ``NotAllowed`` or ``Invalid``."""
    return _file(disclosure.full_form(current.actor(), expert, reason))


def history_word(expert: Expert) -> Response:
    """审核历史, for officials."""
    return _file(case_history.exported(current.actor(), expert), "审核历史")


def _file(data: ProfileData, what: str = "专家信息") -> Response:
    file = BytesIO(render_profile(data))
    return send_file(file, WORD, as_attachment=True, download_name=f"{what}_{data.name}.docx")
