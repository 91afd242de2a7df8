"""The pages that are measured, and the bars that are set for the product."""

from __future__ import annotations

from dataclasses import dataclass

FLOOR, FAB, DJANGO, DJANGO_INDEXED, SQLADMIN, REGISTRY = PEERS = (
    "floor", "fab", "django", "django_indexed", "sqladmin", "registry",
)  # fmt: skip
OWN = (FLOOR, DJANGO_INDEXED, REGISTRY)
"""Who works on the product's database, with its indexes; the others on a copy with those of keys alone."""
LABELS = {
    FLOOR: "下限",
    FAB: "FAB 原样",
    DJANGO: "Django 原样",
    DJANGO_INDEXED: "Django 同样索引",
    SQLADMIN: "SQLAdmin",
    REGISTRY: "本系统",
}


@dataclass(frozen=True)
class Page:
    """``floor`` and ``django`` are the most that the product may take, as multiples; ``growth`` from 10,000 experts;
    ``statements`` and ``milliseconds`` are None where there is no such bar: a login is slow so that guessing is.

    ``ties`` says who leaves the order of equal rows to the database: their rows are not compared, nor their time.
    Beyond ``refused_beyond`` experts the product shows its list with a hint instead, and nobody is compared with that.
    """

    label: str
    english: str
    floor: float | None = None
    django: float | None = None
    statements: int | None = 5
    milliseconds: float | None = 100
    growth: float | None = None
    ties: tuple[str, ...] = ()
    refused_beyond: int | None = None

    def is_compared(self, size: int) -> bool:
        """Whether the product shows what its peers show, of so many experts."""
        return self.refused_beyond is None or size <= self.refused_beyond


PAGES = {
    "list_first": Page("列表首页", "list, first page", 10, 0.15, growth=1.6),
    "list_last": Page("列表末页", "list, last page", 10, 0.02, growth=1.6),
    "filter_status": Page("按状态筛选", "filter by status", 10, 0.15, growth=1.6),
    "filter_status_region": Page("按状态和地区筛选", "filter by status and region", 10, 0.3, growth=1.6),
    "search_two_characters": Page("姓名中的两个字", "two characters of the name", 8, 0.02, growth=5),
    "sort_name": Page("按姓名排序", "sort by name", 10, 0.02, growth=1.6),
    "detail": Page("详情", "detail", 6.5, 0.5, statements=3),
    "search_no_hit": Page("姓名查无结果", "name, no hit"),
    "search_employer": Page("单位中的两个字", "two characters of the employer"),
    "search_employer_no_hit": Page("单位查无结果", "employer, no hit"),
    "search_one_character": Page("姓名中的一个字", "one character of the name"),
    "last_page_by_number": Page("按页码到末页", "last page, by its number"),
    "sort_employer": Page("按单位倒序", "sort by employer, descending"),
    "sort_sex": Page("按没有索引的列排序", "sort that no index serves", refused_beyond=10_000),
    "certificates": Page("聘书列表", "certificates"),
    "number_prefix": Page("聘书编号前几位", "first characters of a certificate's number"),
    "list_prefecture": Page("州市列表", "list, a prefecture's official", 10),
    "list_county": Page("县区列表", "list, a county's official", 10),
    "narrow_scope_wide_filter": Page("县区内的宽筛选", "county scope, wide filters"),
    "wide_scope_narrow_filter": Page("全省的窄筛选", "province scope, narrow filters"),
    "word": Page("下载 Word", "profile as Word", statements=None),
    "certificate_page": Page("聘书页面", "a certificate's page"),
    "save": Page("保存资料", "an expert is saved", statements=None),
    "login": Page("登录", "login, password checked", statements=None, milliseconds=None),
}
AT_10_000 = {"list_first": 0.25}
"""Multiples of the better Django at that size; the others are set for a million."""
