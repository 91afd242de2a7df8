"""Which page of a list an address asks for, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from app.services import rows
from app.services.listing import Page as Shown
from app.services.listing import Place
from app.views.fields import whole_number
from app.views.filters import ListFilter

PAGE_SIZES = (10, 25, 50, 100)
LARGEST_PAGE = 1_000_000
LAST = "last"
ORDER = ("_oc", "_od")
NAMES = ("page", "psize", "after", "before", *ORDER)
"""FAB's parameters of a list, and two of ours: the key of the row that the page follows, or that follows the page."""


@dataclass(frozen=True)
class Page:
    """``place`` among the pages; ``direction`` is asc or desc."""

    place: Place
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
    known = {item.name for item in filters} | {f"{name}_{view}" for name in NAMES} | {"all"}
    if any(key not in known for key in args):
        raise BadRequest("网址中有不认识的筛选条件，请从列表页面重新筛选。")
    asked = args.get(f"page_{view}", "0")
    number, wanted = whole_number("0" if asked == LAST else asked), whole_number(args.get(f"psize_{view}", str(size)))
    after, before = (_key(args, f"{name}_{view}") for name in ("after", "before"))
    if number is None or wanted is None or 0 in (after, before):
        raise BadRequest("网址中的页码不是数字，请从列表页面重新翻页。")
    column, direction = order
    if f"_oc_{view}" in args:
        column, direction = args[f"_oc_{view}"], args.get(f"_od_{view}", "asc")
        if column not in sortable or direction not in ("asc", "desc"):
            raise BadRequest("不能按这一列排序。")
    size = wanted if wanted in PAGE_SIZES else size
    return Page(Place(min(number, LARGEST_PAGE), size, after, before, asked == LAST), column, direction)


def _key(args: MultiDict[str, str], name: str) -> int | None:
    """A row's key; 0 for what is none."""
    return rows.key_of(args[name]) if name in args else None


def neighbours(view: str, args: MultiDict[str, str], place: Place, shown: Shown, keys: Sequence[Any]) -> dict[str, Any]:
    """The number of the page at ``place``, and the addresses of those beside it, as the list's widget takes them.

    Beside it are the rows after its last key and before its first: no page is slower the further back it is. The last
    page of a list that is not counted to its end has no number, nor has what is reached from there.
    """
    number: int | None = place.number
    if place.last:
        is_end = not shown.is_more and place.after is None and place.before is None
        number = max(shown.count - 1, 0) // place.size if is_end else None

    def url(**steps: Any) -> str:
        kept = [(key, text) for key, text in args.items(multi=True) if key not in moved]
        return f"?{urlencode([*kept, *((f'{name}_{view}', text) for name, text in steps.items())])}"

    def beside(way: int, **key: Any) -> str:
        if number is not None and number + way <= 0:
            return url(page=0)
        return url(page=LAST if number is None else number + way, **(key if isinstance(keys[0], int) else {}))

    moved = {f"{name}_{view}" for name in ("page", "after", "before")}
    return {
        "page": number,
        "has_next": shown.has_next,
        "next_url": beside(1, after=keys[-1]) if shown.has_next else "",
        "prev_url": beside(-1, before=keys[0]) if shown.has_previous and keys else "",
        "last_url": url(page=LAST),
    }
