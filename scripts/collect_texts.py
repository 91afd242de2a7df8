"""Brings the English catalogue up to the sources: each Chinese text that people may see, with or without its English.

``python -m scripts.collect_texts`` adds what is new with an empty ``msgstr`` and says how many have none. What a page
puts together from parts stands in the catalogue by hand and stays.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from app.english.catalogue import FILE, HAN, squeezed
from app.english.page import READ_OUT, SAID, SILENT

APP = Path(__file__).resolve().parents[1] / "app"
UNSEEN = (
    *("cli.py", "cipher.py", "commands", "deploy", "english", "help", "logs.py", "metrics.py", "reference"),
    *("adapters/archive", "adapters/object_storage", "adapters/postgresql_dump", "adapters/sealed_stream"),
    *("adapters/signing", "adapters/sms", "adapters/storage_choice", "documents/bundle", "documents/certificate_pdf"),
    *("documents/import", "documents/ledger", "documents/profile", "documents/statistics", "documents/word"),
    *("domain/pinyin", "services/backups", "services/deploy_check", "services/file_copy", "services/key_rotation"),
    *("documents/workbook", "services/samples"),
)  # fmt: skip
"""Rooms that speak to whoever operates the server, to phones and to paper: those stay Chinese."""
TABLE = 35
"""A longer tuple or dictionary of strings is data: family names, anchors of the manual."""
NO_WORDS = re.compile(r"[(\\[].*\\[dsw]|\[\\s|^(?:[a-z]+#|data-)|^零一|\|\.\)\$$|^\d{4}年\d+月\d+日$|^[一鿿]$")
"""Regular expressions, anchors of the manual, and other strings that nobody reads."""
_SPLIT = "\x00"
NO_NAMES = frozenset({"self", "str", "len", "if", "else", "or", "and", "not", "is", "in", "for", "none"})


def found() -> dict[str, str]:
    """Each text of the sources, and the file that it stands in first."""
    texts: dict[str, str] = {}
    for path in sorted([*APP.rglob("*.py"), *APP.rglob("*.html")]):
        name = path.relative_to(APP).as_posix()
        if name.startswith(UNSEEN):
            continue
        source = path.read_text(encoding="utf-8")
        for text in of_python(source) if path.suffix == ".py" else of_template(source):
            if HAN.search(text) and not NO_WORDS.search(text):
                texts.setdefault(squeezed(text), f"app/{name}")
    return texts


def of_python(source: str) -> Iterator[str]:
    """The strings of a module, but for docstrings; what an f-string puts in as ``{name}``."""
    tree = ast.parse(source)
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))
        if isinstance(node, ast.Tuple | ast.Dict) and len(values := _constants(node)) > TABLE:
            inner.update(values)
        if isinstance(node, ast.JoinedStr):
            inner.update(id(part) for part in node.values)
            yield "".join(_named(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield from _spoken(node.value)


def _constants(node: ast.Tuple | ast.Dict) -> list[int]:
    parts = node.elts if isinstance(node, ast.Tuple) else node.values
    return [id(part) for part in parts if isinstance(part, ast.Constant)]


def _spoken(text: str) -> list[str]:
    """A string with placeholders of one kind; of one with markup the texts."""
    text = re.sub(r"%\((\w+)\)[sd]", r"{\1}", text)
    counted = iter(range(9))
    text = re.sub(r"\{\}|%[sd]", lambda _: f"{{{next(counted)}}}", text)
    return _read(text) if "</" in text else [text]


def _named(node: ast.JoinedStr) -> Iterator[str]:
    seen: dict[str, str] = {}
    for part in node.values:
        if isinstance(part, ast.Constant):
            yield str(part.value)
        elif isinstance(part, ast.FormattedValue):
            written = ast.unparse(part.value)
            words = [
                word for word in re.findall(r"[a-zA-Z]\w*", re.sub(r"'[^']*'", "", written)) if word not in NO_NAMES
            ]
            name = words[-1].lower() if words else "value"
            while seen.get(name, written) != written:
                name += "_"
            seen[name] = written
            yield f"{{{name}}}"


def of_template(source: str) -> Iterator[str]:
    """The texts and the attributes of a template, what Jinja puts in as ``{name}``, and the strings in its code."""
    page, code, mode = "", [], ""
    strings: list[str] = []
    for _, token, value in Environment(autoescape=True).lex(source):
        if token == "data":
            page += value
        elif token in ("variable_begin", "block_begin"):
            mode, code = token, []
        elif token == "variable_end":
            page += _put_in(code)
            mode = ""
        elif token == "block_end":
            page += _SPLIT
            mode = ""
        elif mode and token != "whitespace":
            code.append((token, value))
            if token == "string":
                strings += _spoken(ast.literal_eval(value))
    yield from _read(page)
    yield from strings


def _read(page: str) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.end_text()
    return reader.texts


def _put_in(code: list[tuple[str, str]]) -> str:
    """A text that stands there as it is, else a placeholder by the last name before any filter."""
    bare = [value for token, value in code if token == "string"]
    if len(bare) == 1 and [value for _, value in code] in ([bare[0]], ["_", "(", bare[0], ")"]):
        return str(ast.literal_eval(bare[0]))
    names = []
    for token, value in code:
        if value == "|":
            break
        if token == "name" and value not in NO_NAMES:
            names.append(value)
    return f"{{{names[-1].lower()}}}" if names and names[0] not in ("icon", "csrf", "combo_words", "field") else _SPLIT


class _Reader(HTMLParser):
    """Collects what ``EnglishPage`` would say anew."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._text = ""
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Its attributes that are read out."""
        self.end_text()
        self._silent = tag in SILENT
        for name, value in attrs:
            if value and (name in READ_OUT or name.startswith(SAID)):
                self.texts += value.split(_SPLIT)

    def handle_endtag(self, tag: str) -> None:
        """The text that ends here."""
        self.end_text()
        self._silent = False

    def handle_data(self, data: str) -> None:
        """A part of a text."""
        self._text += data

    def end_text(self) -> None:
        """Keeps the text that ends here."""
        if not self._silent:
            self.texts += [squeezed(text) for text in self._text.split(_SPLIT)]
        self._text = ""


def main() -> None:
    """Writes the catalogue anew, its head as it was."""
    texts = found()
    head = FILE.read_text(encoding="utf-8").split("\n\n", 1)[0]
    with FILE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    # A text whose English for one is another has both, under itself as singular and plural.
    kept = {message.id[0] if message.pluralizable else message.id: message for message in messages}
    catalogue = Catalog()
    for text in sorted(texts, key=lambda text: (texts[text], text)):
        known = kept.pop(text, Message(text))
        catalogue.add(known.id, known.string, locations=[(texts[text], None)])
    for text in sorted(text for text, known in kept.items() if known.string):
        catalogue.add(kept[text].id, kept[text].string)
    written = BytesIO()
    write_po(written, catalogue, width=0, omit_header=True)
    FILE.write_text(f"{head}\n\n{written.getvalue().decode()}", encoding="utf-8")
    print(f"{len(texts)} texts, {sum(not catalogue[text].string for text in texts)} without English")


if __name__ == "__main__":
    main()
