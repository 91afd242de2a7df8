"""The data of a list: scope, filters, order and page in SQL, in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, Select, func, select, true

from app.domain.errors import NotFound
from app.domain.states import Labelled
from app.extensions import db
from app.policies.actor import Actor
from app.services import rows
from app.views import current

Scope = Callable[[Actor], ColumnElement[bool]]

COUNT_CAP = 10_000
"""A count goes no further; the list then says 10000+."""


class ScopedInterface(SQLAInterface):
    """FAB loads rows by id for actions without a view's filters; here every way to a row passes the scope (R1).

    FAB makes interfaces of related models by this class too, with the model alone: they carry no scope and
    serve for reference data only. ``options`` are loader options, so that a list makes no N+1.
    """

    def __init__(
        self, obj: type[Any], session: Any = None, *, scope: Scope | None = None, options: Sequence[Any] = ()
    ) -> None:
        super().__init__(obj, session)
        self.scope = scope
        self.options = tuple(options)

    def clause(self) -> ColumnElement[bool]:
        """What the present user sees of this model."""
        return true() if self.scope is None else self.scope(current.actor())

    def get(self, pk: Any, filters: Any = None, select_columns: Any = None) -> Any:
        """The row in scope, or ``None``: out of scope and not there answer alike."""
        if self.get_pk_name() != "id":
            # A region's code; anything else, a NUL among it, never reaches the database.
            if not str(pk).isalnum():
                return None
            return db.session.scalars(select(self.obj).where(self.get_pk() == pk, self.clause())).one_or_none()
        try:
            return rows.one(self.obj, pk, self.clause(), *self.options)
        except NotFound:
            return None

    @staticmethod
    def _get_attr_value(item: Any, col: str) -> Any:
        """FAB's own turns an enum into its stored value; people read its label."""
        value = getattr(item, col, None)
        return value.label if isinstance(value, Labelled) else SQLAInterface._get_attr_value(item, col)

    def page(
        self,
        clauses: Iterable[ColumnElement[bool]],
        order: Sequence[Any],
        number: int,
        size: int,
    ) -> tuple[int, list[Any]]:
        """How many rows pass (at most ``COUNT_CAP`` + 1), and the rows of page ``number``, from 0."""
        passing: Select[Any] = select(self.get_pk()).where(self.clause(), *clauses)
        counting = select(func.count()).select_from(passing.limit(COUNT_CAP + 1).subquery())
        # The ids of a deep page come from the index alone; only the page's own rows are read whole.
        ids = passing.order_by(*order).offset(number * size).limit(size)
        found = select(self.obj).where(self.get_pk().in_(select(ids.subquery().c[0]))).options(*self.options)
        return rows.counted(found.order_by(*order), counting, is_first=not number)
