"""A page whose every mark is either tagged for a screen reader or marked as decoration (ISO 32000-1, 14.7 and 14.8)."""

from __future__ import annotations

import re

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from app.documents.pdf_objects import dictionary

# A paragraph that xhtml2pdf has set is one text object on a line of its own. No string can hold what looks like
# one: ReportLab writes a line break within a string as \n.
_PARAGRAPH = re.compile(rb"^BT .*? ET$", re.MULTILINE | re.DOTALL)
_OF_CONTENT, _OF_LINK = 0, 1  # keys of the parent tree
_PRINTED = 4  # flag of an annotation; PDF/A demands it

Box = tuple[float, float, float, float]
"""Left, bottom, right, top; in points from the lower left corner of the page."""


class UntaggedText(ValueError):
    """The page has another number of paragraphs than were to be tagged."""


class TaggedPage:
    """The only page of ``writer``, put together anew of pieces, each laid on those before it.

    They are read in the same order. ``finish`` must be called, once, after the last.
    """

    def __init__(self, writer: PdfWriter) -> None:
        self._writer, self._page = writer, writer.pages[0]
        self._content: list[bytes] = []
        self._forms = DictionaryObject()
        self._root = self._add(Type=NameObject("/StructTreeRoot"))
        self._document = self._element("Document", self._root)
        self._tagged = ArrayObject()  # by its number on the page, the element of each tagged piece of content
        self._link: IndirectObject | None = None

    def add_decoration(self, name: str, form: StreamObject) -> None:
        """A Form XObject that a screen reader passes over."""
        self._content.append(b"/Artifact BMC\n%b\nEMC" % self._place(name, form))

    def add_text(self, name: str, form: StreamObject, text: str) -> None:
        """A Form XObject that shows ``text``."""
        paragraph = self._element("P", self._document, ActualText=TextStringObject(text))
        self._content.append(self._tag(paragraph, self._place(name, form)))

    def add_words(self, roles: list[str]) -> None:
        """The words that stood on the page at first; their paragraphs become structure elements of these roles.

        Raises ``UntaggedText`` unless there are as many of them.
        """
        contents = self._page.get_contents()
        words = contents.get_data() if contents is not None else b""
        found = len(_PARAGRAPH.findall(words))
        if found != len(roles):
            raise UntaggedText(f"{found} paragraphs, {len(roles)} roles")
        elements = iter([self._element(role, self._document) for role in roles])
        words = _PARAGRAPH.sub(lambda paragraph: self._tag(next(elements), paragraph[0]), words)
        self._content.append(b"q\n%b\nQ" % words)

    def add_linked_figure(self, operators: bytes, box: Box, address: str, meaning: str) -> None:
        """A figure that fills ``box`` and leads to ``address``; ``meaning`` is read out in its place."""
        corners = ArrayObject(FloatObject(round(length, 2)) for length in box)
        self._link = self._element("Link", self._document)
        layout = dictionary(O=NameObject("/Layout"), BBox=corners)
        figure = self._element("Figure", self._link, Alt=TextStringObject(meaning), A=layout)
        self._content.append(self._tag(figure, operators))
        annotation = self._add(
            Type=NameObject("/Annot"),
            Subtype=NameObject("/Link"),
            Rect=corners,
            Border=ArrayObject([NumberObject(0)] * 3),
            F=NumberObject(_PRINTED),
            Contents=TextStringObject(meaning),
            StructParent=NumberObject(_OF_LINK),
            A=dictionary(S=NameObject("/URI"), URI=TextStringObject(address)),
        )
        self._page[NameObject("/Annots")] = ArrayObject([annotation])
        self._adopt(self._link, dictionary(Type=NameObject("/OBJR"), Obj=annotation, Pg=self._sheet))

    def finish(self) -> None:
        """Writes the content and the structure tree into the document, and that it is tagged."""
        content = DecodedStreamObject()
        content.set_data(b"\n".join(self._content))
        self._page[NameObject("/Contents")] = self._writer._add_object(content.flate_encode())
        self._page["/Resources"][NameObject("/XObject")] = self._forms  # type: ignore[index]
        self._page[NameObject("/StructParents")] = NumberObject(_OF_CONTENT)
        self._page[NameObject("/Tabs")] = NameObject("/S")
        parents: list[PdfObject] = [NumberObject(_OF_CONTENT), self._tagged]
        if self._link is not None:
            parents += [NumberObject(_OF_LINK), self._link]
        root = _of(self._root)
        root[NameObject("/ParentTree")] = self._add(Nums=ArrayObject(parents))
        root[NameObject("/ParentTreeNextKey")] = NumberObject(len(parents) // 2)
        catalog = self._writer.root_object
        catalog[NameObject("/StructTreeRoot")] = self._root
        catalog[NameObject("/MarkInfo")] = dictionary(Marked=BooleanObject(True))

    @property
    def _sheet(self) -> IndirectObject:
        reference = self._page.indirect_reference
        assert reference is not None
        return reference

    def _place(self, name: str, form: StreamObject) -> bytes:
        self._forms[NameObject(f"/{name}")] = self._writer._add_object(form.clone(self._writer))
        return b"/%b Do" % name.encode("ascii")

    def _tag(self, element: IndirectObject, operators: bytes) -> bytes:
        number = len(self._tagged)
        self._tagged.append(element)
        self._adopt(element, NumberObject(number))
        _of(element)[NameObject("/Pg")] = self._sheet
        role = str(_of(element)["/S"]).encode("ascii")
        return b"%b <</MCID %d>> BDC\n%b\nEMC" % (role, number, operators)

    def _element(self, role: str, parent: IndirectObject, **entries: PdfObject) -> IndirectObject:
        element = self._add(Type=NameObject("/StructElem"), S=NameObject(f"/{role}"), P=parent, **entries)
        self._adopt(parent, element)
        return element

    def _adopt(self, parent: IndirectObject, kid: PdfObject) -> None:
        _of(parent).setdefault(NameObject("/K"), ArrayObject()).append(kid)

    def _add(self, **entries: PdfObject) -> IndirectObject:
        return self._writer._add_object(dictionary(**entries))


def _of(reference: IndirectObject) -> DictionaryObject:
    found = reference.get_object()
    assert isinstance(found, DictionaryObject)
    return found
