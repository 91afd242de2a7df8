"""A field is declared once.

``column(...)`` and ``link(...)`` are a mapped column and a relationship that carry their own
declaration: label, section, required mark, help, choices, mask. Lists, forms, the ``*``, filters,
the Word form and the completeness check read it through ``all_fields(model)`` and through nothing
else, so that to add a field one edits one line and writes a migration.

Required is a rule of form and submission, not NOT NULL: a draft may lack it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, String, inspect
from sqlalchemy.orm import MappedColumn, mapped_column, relationship
from sqlalchemy.orm.relationships import _RelationshipDeclared

from app.models.encrypted import Encrypted

_order = count()


@dataclass(frozen=True)
class Field:
    """The declaration of one field.

    ``choices`` is a closed list kept as text. ``mask`` hides the middle of a value in lists.
    ``listed`` puts it into the list, ``searchable`` into the filters. ``wide`` values take a whole
    row. ``fixed`` fields are shown in the form and never taken from it. ``low`` and ``high`` bound a whole number.
    ``sealed`` ones are ciphertext in the database, which has no order.
    """

    label: str
    section: str = ""
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    mask: Callable[[str], str] | None = None
    listed: bool = False
    searchable: bool = False
    wide: bool = False
    fixed: bool = False
    low: int = 0
    high: int = 80
    max_length: int | None = None
    sealed: bool = False
    name: str = ""
    order: int = 0


def column(type_: Any = None, *args: Any, label: str, nullable: bool = True, **options: Any) -> MappedColumn[Any]:
    """A mapped column with its declaration. ``options`` of ``Field`` are taken, the rest go to SQLAlchemy."""
    declaration = _declare(label, options)
    if type_ is None and declaration.choices:
        type_ = String(max(map(len, declaration.choices)))
    if isinstance(type_, (String, Encrypted)):
        most = type_.plain_length if isinstance(type_, Encrypted) else type_.length
        declaration = replace(declaration, max_length=most, sealed=isinstance(type_, Encrypted))
    return mapped_column(type_, *args, nullable=nullable, info={"field": declaration}, **options)


def link(*args: Any, label: str, **options: Any) -> _RelationshipDeclared[Any]:
    """A relationship with its declaration."""
    declaration = _declare(label, options)
    return relationship(*args, info={"field": declaration}, **options)


def declare(existing: Column[Any], *, label: str, **options: Any) -> None:
    """Declares a column that somebody else's model has mapped."""
    declaration = _declare(label, options)
    if isinstance(existing.type, String):
        declaration = replace(declaration, max_length=existing.type.length)
    existing.info["field"] = declaration


def _declare(label: str, options: dict[str, Any]) -> Field:
    own = {name: options.pop(name) for name in list(options) if name in Field.__dataclass_fields__}
    return Field(label, order=next(_order), **own)


def field_of(attribute: Any) -> Field:
    """The declaration of one mapped column. A module that loads may ask: the model stays open for further fields."""
    found: Field = attribute.property.columns[0].info["field"]
    return found


def all_fields(model: type[Any]) -> Mapping[str, Field]:
    """Name to declaration, in the order of the model's source. Read once for each model."""
    if model not in _read:
        found: list[Field] = []
        attribute: Any
        for attribute in inspect(model).attrs:
            # Column.info carries a column's declaration; ColumnProperty.info is empty.
            # An expression that a statement fills in is no column, and has none.
            info = getattr(attribute.columns[0], "info", {}) if hasattr(attribute, "columns") else attribute.info
            if "field" in info:
                found.append(replace(info["field"], name=attribute.key))
        ordered = sorted(found, key=lambda field: field.order)
        _read[model] = MappingProxyType({field.name: field for field in ordered})
    return _read[model]


_read: dict[type[Any], Mapping[str, Field]] = {}
