"""What the peers show and write of an expert, and who asks."""

from __future__ import annotations

USER, PASSWORD = "shenhe530000", "Yingji@2026"
LISTED = ("name", "sex", "region", "employer", "title_level")
SHOWN = (
    "name", "sex", "birth_date", "nation", "politics", "health", "address", "postcode", "school", "major",
    "education_level", "degree", "graduated_on", "work_began_on", "employer", "employer_kind", "duty", "title_level",
    "title_name", "titled_on", "practice", "practice_years", "strengths",
)  # fmt: skip
WRITTEN = ("name", "sex", "address", "postcode", "employer")
"""The columns of the form that is saved."""
