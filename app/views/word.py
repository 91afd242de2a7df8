"""导出基本信息: a profile as a Word file."""

from __future__ import annotations

from io import BytesIO

from flask import Response, send_file

from app.documents.data import ProfileData
from app.documents.profile_docx import render_profile

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def word_of(data: ProfileData) -> Response:
    """The profile as a Word file."""
    file = BytesIO(render_profile(data))
    return send_file(file, WORD, as_attachment=True, download_name=f"专家信息_{data.name}.docx")
