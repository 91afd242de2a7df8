"""Objects of a PDF file, written as briefly as they are thought."""

from __future__ import annotations

from pypdf.generic import DictionaryObject, NameObject, PdfObject


def dictionary(**entries: PdfObject) -> DictionaryObject:
    """The dictionary with these entries, each key as a name: ``dictionary(N=NumberObject(3))`` is ``<</N 3>>``."""
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})
