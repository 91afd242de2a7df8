"""Made-up experts as rows: the same for the same number, whatever the database and however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from app.cipher import KeyRing
from app.domain.identity import check_character
from benchmarks import words

EPOCH = date(1955, 1, 1)
BIRTHDAYS = 14_000
MOBILES = 6_999_999_967
MOMENT = "2026-01-05 02:00:00.000000"
"""When everything was registered that needs a time of day."""

EXPERT_COLUMNS = (
    "id", "user_id", "version", "created_at", "updated_at", "name", "sex", "birth_date", "id_number",
    "id_number_index", "nation", "politics", "health", "mobile", "mobile_index", "address", "postcode", "region_code",
    "school", "major", "education_level", "degree", "graduated_on", "work_began_on", "employer", "employer_kind",
    "duty", "title_level", "title_name", "titled_on", "practice", "practice_years", "strengths",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A county or prefecture in which experts live."""

    code: str
    name: str


@dataclass(frozen=True)
class Person:
    """What the rows of an expert's cases repeat."""

    n: int
    name: str
    region: str
    row: tuple[Any, ...]
    content: dict[str, Any]


def id_number(n: int, area: str) -> tuple[str, date, str]:
    """A number that passes every check and is nobody else's, with the birth date and sex that it says."""
    born = EPOCH + timedelta(days=n * 7919 % BIRTHDAYS)
    male = n % 10 < 7
    serial = 2 * (n // BIRTHDAYS) + male
    first = f"{area}{born:%Y%m%d}{serial:03d}"
    return first + check_character(first), born, "男" if male else "女"


def mobile(n: int) -> str:
    """Eleven digits that are nobody else's."""
    return f"1{3_000_000_000 + n * 7_919_993 % MOBILES}"


def person(n: int, user_id: int, places: Sequence[Place], rng: Random, keys: KeyRing) -> Person:
    """The expert ``n``: who lives where, and what the profile says."""
    place = places[int(rng.random() * len(places))]
    number, born, sex = id_number(n, place.code)
    phone, name = mobile(n), words.name_of(n, rng)
    works = words.PLACES_OF_WORK[int(rng.random() * len(words.PLACES_OF_WORK))]
    employer = place.name + works
    education, degree = rng.choice(words.EDUCATION)
    title_level, title = rng.choice(words.TITLES)
    major, finished = rng.choice(words.MAJORS), born.year + 23
    address = f"云南省{place.name}人民路{n % 900 + 1}号"
    row = (
        n, user_id, 1, MOMENT, MOMENT, name, sex, born.isoformat(), keys.seal(number.encode(), "expert.id_number"),
        keys.index(number, "id_number"), rng.choice(words.NATIONS), "群众" if n % 3 else "中共党员", "健康或良好",
        keys.seal(phone.encode(), "expert.mobile"), keys.index(phone, "mobile"), address, f"{650_000 + n % 20_000}",
        place.code, rng.choice(words.SCHOOLS), major, education, degree, f"{finished}-07-01", f"{finished}-08-01",
        employer, words.EMPLOYER_KINDS[n % len(words.EMPLOYER_KINDS)], rng.choice(words.DUTIES), title_level, title,
        f"{finished + 12}-12-01", major, 2026 - finished, f"从事{major}工作多年，参加过{place.name}的评审和应急救援。",
    )  # fmt: skip
    entries = [["姓名", name, False], ["性别", sex, False], ["身份证号", number, False], ["手机", phone, False],
               ["所在地区", place.name, False], ["工作单位", employer, True], ["职称", title_level, False]]  # fmt: skip
    content = {"name": name, "photo": None, "attachments": [], "parts": [{"title": "个人信息", "entries": entries}],
               "masked": {"身份证号": "id_number", "手机": "mobile"}}  # fmt: skip
    return Person(n, name, place.code, row, content)
