"""What makes a PDF fit for keeping: PDF/A-2 of level A (ISO 19005-2), and PDF/UA-1 (ISO 14289-1) for a tagged one.

The rest of what they demand is demanded of what the document is made from: embedded fonts with a Unicode map
(``fonts``), and a tagged page (``tagged_page``).
"""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import ImageCms
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from app.documents.pdf_objects import dictionary

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)
_CREATOR = "应急管理专家信息管理系统"
_PRODUCER = "xhtml2pdf, ReportLab, pypdf"


def make_archival(writer: PdfWriter, *, title: str, author: str, made: datetime) -> None:
    """Turns the tagged document of ``writer``, in Chinese and with colours in RGB alone, into PDF/A-2a and PDF/UA-1.

    ``made`` is an aware moment, and stands in the file as when it was created and changed last.
    """
    stamp = f"D:{made:%Y%m%d%H%M%S%z}"
    date = f"{stamp[:-2]}'{stamp[-2:]}"
    writer.pdf_header = "%PDF-1.7"
    writer.metadata = {
        "/Title": title,
        "/Author": author,
        "/Creator": _CREATOR,
        "/Producer": _PRODUCER,
        "/CreationDate": date,
        "/ModDate": date,
    }
    packet = _TEMPLATES.get_template("metadata.xmp").render(
        title=title, author=author, creator=_CREATOR, producer=_PRODUCER, made=made.isoformat(timespec="seconds")
    )
    metadata = DecodedStreamObject()
    metadata.set_data(packet.encode())
    metadata.update(dictionary(Type=NameObject("/Metadata"), Subtype=NameObject("/XML")))
    writer.root_object.update(
        dictionary(
            Metadata=writer._add_object(metadata),
            OutputIntents=ArrayObject([_output_intent(writer)]),
            ViewerPreferences=dictionary(DisplayDocTitle=BooleanObject(True)),
        )
    )


def _output_intent(writer: PdfWriter) -> DictionaryObject:
    name = TextStringObject("sRGB IEC61966-2.1")
    return dictionary(
        Type=NameObject("/OutputIntent"),
        S=NameObject("/GTS_PDFA1"),
        OutputConditionIdentifier=name,
        Info=name,
        DestOutputProfile=writer._add_object(_srgb().clone(writer)),
    )


@functools.cache
def _srgb() -> StreamObject:
    """The profile of sRGB that Little CMS makes: half a kilobyte, free of any licence."""
    profile = DecodedStreamObject()
    profile.set_data(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile.update(dictionary(N=NumberObject(3)))
    return profile.flate_encode()
