"""Check your answers: what an expert looks through before a case is sent, for the first time, again, or as a 续聘."""

from __future__ import annotations

from typing import Any

from app.models import Expert
from app.services import profile_document, profiles


def answers(expert: Expert) -> dict[str, Any]:
    """What the page shows of the profile: what it lacks (R8, R9), its parts in full, its files, its photo."""
    return {
        "missing": profiles.missing(expert),
        "parts": profile_document.parts_of(expert, full=True),
        "attachments": profiles.living_attachments(expert.id),
        "current_photo": profiles.photo_of(expert.id),
    }
