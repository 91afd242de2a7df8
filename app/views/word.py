"""导出基本信息: a profile as a Word file."""

from __future__ import annotations

from io import BytesIO

from flask import Response, send_file

from app.documents.profile_docx import render_profile
from app.models import Expert
from app.services import profile_document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def word_of(expert: Expert) -> Response:
    """The profile as a Word file."""
    data = render_profile(profile_document.profile_data(expert))
    return send_file(BytesIO(data), WORD, as_attachment=True, download_name=f"专家信息_{expert.name}.docx")
