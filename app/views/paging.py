"""Which page of a list an address asks for, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from app.views.fields import whole_number
from app.views.filters import ListFilter

PAGE_SIZES = (10, 25, 50, 100)
LARGEST_PAGE = 1_000_000


@dataclass(frozen=True)
class Page:
    """``number`` from 0; ``direction`` is asc or desc."""

    number: int
    size: int
    column: str
    direction: str


def read_page(
    args: MultiDict[str, str],
    view: str,
    filters: Sequence[ListFilter],
    sortable: Sequence[str],
    order: tuple[str, str],
    size: int,
) -> Page:
    """Reads FAB's parameters of ``view``; ``order`` and ``size`` are the list's own.

    Raises ``BadRequest``: a parameter that is none of the list's would show more than was asked for.
    """
    known = {item.name for item in filters} | {f"{name}_{view}" for name in ("page", "psize", "_oc", "_od")} | {"all"}
    if any(key not in known for key in args):
        raise BadRequest("网址中有不认识的筛选条件，请从列表页面重新筛选。")
    number, wanted = whole_number(args.get(f"page_{view}", "0")), whole_number(args.get(f"psize_{view}", str(size)))
    if number is None or wanted is None:
        raise BadRequest("网址中的页码不是数字，请从列表页面重新翻页。")
    column, direction = order
    if f"_oc_{view}" in args:
        column, direction = args[f"_oc_{view}"], args.get(f"_od_{view}", "asc")
        if column not in sortable or direction not in ("asc", "desc"):
            raise BadRequest("不能按这一列排序。")
    return Page(min(number, LARGEST_PAGE), wanted if wanted in PAGE_SIZES else size, column, direction)
