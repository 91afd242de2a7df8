"""RegistryModelView: a generated screen, everything in it derived from the model's declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from flask import Response, abort, jsonify, request
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_login import login_required
from sqlalchemy import inspect
from werkzeug.datastructures import MultiDict

from app.models.columns import all_fields
from app.services import listing
from app.services.listing import Condition, Order
from app.views import current, replica
from app.views.fields import form_for
from app.views.filters import Filtering, ListFilter, choices_for, declared_filters, read_filters, rows_named
from app.views.interface import ScopedInterface
from app.views.list_widget import ListWidget
from app.views.paging import ORDER, PAGE_SIZES, Page, neighbours, read_page
from app.views.text import text_of
from app.views.writing import WritingView

READ, WRITE = "read", "write"


class Asked(NamedTuple):
    """Which page of a list in which order, and what its rows have to pass."""

    page: Page
    order: Order
    filtering: Filtering
    conditions: list[Condition]


class SearchWidget(RenderTemplateWidget):
    """The filters above a list, rendered by the server."""

    template = "appbuilder/general/widgets/search.html"


class RegistryModelView(WritingView, ModelView):
    """FAB's generated screens on a declared model, without FAB's open doors.

    A subclass names its ``datamodel`` (a ``ScopedInterface`` of its own), its ``resource`` in the
    table of permissions, and what differs from the declaration. Rows are retired, never deleted.
    """

    resource: ClassVar[str]
    writable: ClassVar[bool] = False
    extra_filters: Sequence[ListFilter] = ()
    left_out_filters: ClassVar[Sequence[str]] = ()
    default_filters: ClassVar[dict[str, str]] = {}
    order_keys: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Column to what it is sorted by, where that is not the column as the database compares it."""
    order_within: ClassVar[str] = ""
    """The column of which the list has one value; its orders are indexed within it."""
    offers_more_columns: ClassVar[bool] = True
    """Whether declared columns that the list does not usually show can be chosen, or only some of its own."""
    form_names: ClassVar[Sequence[str] | None] = None
    fixed_after_add: ClassVar[Sequence[str]] = ()
    empty_text: ClassVar[str] = "没有符合条件的记录。"
    from_replica: ClassVar[bool] = False
    """Whether the list may be as old as the lag allowed to a replica: nothing is decided on it."""

    datamodel: ScopedInterface
    search_widget = SearchWidget
    list_widget = ListWidget
    # FAB declares these without a type, and gives each its value when the view is made.
    method_permission_name: Any
    exclude_route_methods: Any
    label_columns: Any
    formatters_columns: Any
    list_columns: Any
    offered_columns: list[str]
    show_columns: Any
    add_columns: Any
    edit_columns: Any
    list_title: Any
    show_title: Any
    add_title: Any
    edit_title: Any
    add_form: Any
    edit_form: Any
    base_order = ("id", "desc")

    def __init__(self, **kwargs: Any) -> None:
        self.class_permission_name = self.resource
        self.method_permission_name = {
            "list": READ,
            "show": READ,
            "choices": READ,
            "add": WRITE,
            "edit": WRITE,
            **(self.method_permission_name or {}),
        }
        closed = {"delete", "download"} | (set() if self.writable else {"add", "edit"})
        self.exclude_route_methods = set(self.exclude_route_methods) | closed
        verbs = dict.fromkeys(self.method_permission_name.values())
        self.base_permissions = [f"can_{verb}" for verb in verbs if self.writable or verb != WRITE]
        super().__init__(**kwargs)

    # What FAB would guess from the columns is read from the declaration.

    def _init_properties(self) -> None:
        declared = self.declared = all_fields(self.datamodel.obj)
        label = self.datamodel.obj.__label__
        self.label_columns = {**{n: f.label for n, f in declared.items()}, **(self.label_columns or {})}
        self.list_columns = self.list_columns or [name for name, field in declared.items() if field.listed]
        self.show_columns = self.show_columns or list(declared)
        self.search_columns = [name for name, field in declared.items() if field.searchable]
        names = list(self.form_names or [name for name, field in declared.items() if not field.fixed])
        self.add_columns = self.add_columns or names
        self.edit_columns = self.edit_columns or [name for name in names if name not in self.fixed_after_add]
        masks = {name: field.mask for name, field in declared.items() if field.mask}
        self.offered_columns = [*self.list_columns, *(self._more_columns() if self.offers_more_columns else ())]
        every = {*self.offered_columns, *self.show_columns}
        self.formatters_columns = {
            **dict.fromkeys(every, text_of),
            **{name: (lambda value, mask=mask: mask(value) if value else "") for name, mask in masks.items()},
            **(self.formatters_columns or {}),
        }
        self.list_title = self.list_title or label
        self.show_title = self.show_title or f"{label}详情"
        self.add_title = self.add_title or f"新增{label}"
        self.edit_title = self.edit_title or f"修改{label}"
        every_filter = declared_filters(self.datamodel.obj, self.extra_filters)
        self.filters = [item for item in every_filter if item.name not in self.left_out_filters]
        super()._init_properties()
        hidden, columns = {n for n, f in declared.items() if f.mask or f.sealed}, inspect(self.datamodel.obj).columns
        self.order_columns = [name for name in self.list_columns if name in columns and name not in hidden]

    def _init_forms(self) -> None:
        def url(name: str) -> str:
            return f"{self.route_base}/choices/{name}"

        if self.writable:
            self.add_form = self.add_form or form_for(self.datamodel.obj, self.add_columns, url)
            self.edit_form = self.edit_form or form_for(self.datamodel.obj, self.edit_columns, url)
        else:
            self.add_form = self.edit_form = form_for(self.datamodel.obj, (), url)
        self.search_form = self.add_form
        super()._init_forms()

    def update_redirect(self) -> None:
        """FAB would keep the addresses visited, with what was searched for, in the cookie: nobody goes by them."""

    def asked(self) -> Asked:
        """What the address asks of the list. Raises ``BadRequest`` and ``Invalid`` for one that is none of its own."""
        page = self.asked_page(request.args)
        # The key breaks ties, so that no row is on two pages.
        names = dict.fromkeys((page.column, self.datamodel.get_pk_name()))
        order = self.datamodel.order(names, page.direction == "desc", self.order_keys, self.order_within)
        choices = f"{self.route_base}/choices/{{}}".format
        filtering = read_filters(self.filters, request.args, choices, self._without, self._defaults())
        conditions = [*self.base_conditions(), *self.datamodel.conditions(filtering)]
        return Asked(page, order, filtering, conditions)

    def _list(self, **kwargs: Any) -> dict[str, Any]:
        page, order, filtering, conditions = self.asked()
        columns = self.shown_columns()
        # What the list usually shows is read in any case: its rows are made of it.
        read = list(dict.fromkeys((*self.list_columns, *columns)))

        def shown_page() -> listing.Page:
            return self.datamodel.page(conditions, order, page.place, read)

        shown = replica.read(shown_page) if self.from_replica else shown_page()
        found, keys = shown.rows, self.datamodel.get_keys(shown.rows)
        return {
            "search": self.search_widget(
                filters_form=filtering.controls,
                active_filters=filtering.active,
                clear_url=f"{self.route_base}/list/?all=1",
                saved_url=f"/saved-filters/{self.__class__.__name__}?{urlencode(self.asked_pairs())}",
                route_base=self.route_base,
            ),
            "list": self.list_widget(
                label_columns=self.label_columns,
                include_columns=columns,
                value_columns=self.values(found, read),
                order_columns=self.order_columns,
                formatters_columns=self.formatters_columns,
                page_size=page.place.size,
                page_sizes=PAGE_SIZES,
                count=shown.count,
                count_text=f"{shown.count}+" if shown.is_more else "",
                hint=shown.hint,
                pks=keys,
                **neighbours(self.__class__.__name__, request.args, page.place, shown, keys),
                view=self,
                empty_text=self.empty_text,
                row_links=self.row_links(found),
                **kwargs,
            ),
        }

    def _more_columns(self) -> list[str]:
        """Declared columns that no list usually shows and that cost no statement of their own; long texts never."""
        columns = inspect(self.datamodel.obj).columns
        return [
            name
            for name, field in self.declared.items()
            if name in columns and name not in self.list_columns and not field.wide and (field.mask or not field.sealed)
        ]

    def shown_columns(self) -> list[str]:
        """Those that the present user has chosen, else the usual ones. What is offered no more is passed over."""
        caller = current.caller()
        chosen = caller.list_columns.get(self.__class__.__name__, ()) if caller else ()
        return [name for name in chosen if name in self.offered_columns] or self.list_columns

    def values(self, found: Sequence[Any], columns: list[str]) -> Any:
        """What these columns show of the rows of a page: a mapping for each."""
        return self.datamodel.get_values(found, columns)

    def row_links(self, found: Sequence[Any]) -> dict[Any, list[tuple[str, str]]]:
        """More links of the rows of a page: key to (text, address)."""
        return {}

    def base_conditions(self) -> list[Condition]:
        """What this list is about, over and above the scope."""
        return []

    def _defaults(self) -> dict[str, str]:
        """The filters of a list that was opened without any; turning a page or sorting is none."""
        asked = {"all", *(item.name for item in self.filters)} & set(request.args)
        return {} if asked else self.opening_filters()

    def opening_filters(self) -> dict[str, str]:
        """The filters that a list opens with."""
        return self.default_filters

    def asked_page(self, args: MultiDict[str, str]) -> Page:
        """The page and the order that an address asks for. Raises ``BadRequest``."""
        name = self.__class__.__name__
        return read_page(args, name, self.filters, self.order_columns, self.base_order, self.page_size)

    def asked_pairs(self) -> list[tuple[str, str]]:
        """What the address asks of the list: conditions, order, and whether they are all; not the page or its size."""
        names = {"all", *(item.name for item in self.filters), *(f"{name}_{self.__class__.__name__}" for name in ORDER)}
        return [(key, value) for key, value in request.args.items(multi=True) if key in names and value]

    def _without(self, name: str) -> str:
        kept = [(key, value) for key, value in request.args.items(multi=True) if key != name and value]
        return f"{self.route_base}/list/?{urlencode([*kept, ('all', '1')])}"

    @expose("/choices/<name>")
    @has_access
    @permission_name(READ)
    def choices(self, name: str) -> Response:
        """Rows for an AJAX control of a filter or a form: ``?q=`` → ``[{id, text}]``."""
        typed = request.args.get("q", "")
        for item in self.filters:
            if item.name == name and item.kind == "ajax":
                return jsonify(choices_for(item, typed))
        field = getattr(self.add_form, name, None) if self.writable else None
        target = field.kwargs.get("target") if field is not None else None
        if target is None:
            abort(404)
        living = [target.retired.is_(False)] if hasattr(target, "retired") else []
        return jsonify(rows_named(target, typed, *living))

    # FAB's actions: an unknown name is not found, a row out of scope is not there.

    def _may_act(self, name: str) -> None:
        """404 for an action that is none, 403 for one that the present user may not take."""
        if name not in self.actions:
            abort(404)
        if not self.appbuilder.sm.has_access(self.get_action_permission_name(name), self.class_permission_name):
            abort(403)

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    @login_required
    def action(self, name: str, pk: str) -> Any:
        """One row's action."""
        self._may_act(name)
        if not self.actions[name].single or self.datamodel.get(pk) is None:
            abort(404)
        return super().action(name, pk)

    @expose("/action_post", methods=["POST"])
    @login_required
    def action_post(self) -> Any:
        """Several rows' action: a view that has one brings its own, for FAB's knows nothing of versions."""
        self._may_act(request.form.get("action", ""))
        abort(404)
