"""File names from strangers, made safe to show, to store and to send in a header."""

from __future__ import annotations

import re
import unicodedata

NAME_MAX = 120

# Control and format characters (bidi controls and zero-width ones among them), half a surrogate pair,
# line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_RESERVED_CHARACTERS = re.compile(r'[<>:"|?*]')
_RESERVED_NAMES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def split_name(filename: str) -> tuple[str, str]:
    """The clean stem and the extension (lower case, without its dot; "" where there is none).

    Folders are dropped, of Unix and of Windows, and everything invisible, before the extension is looked
    at: what a person reads at the end of the name is what is judged.
    """
    visible = "".join(char for char in filename if unicodedata.category(char) not in _INVISIBLE)
    last = re.split(r"[/\\]", visible)[-1]
    name = unicodedata.normalize("NFC", _RESERVED_CHARACTERS.sub("_", last)).rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return _clean_stem(name), ""
    return _clean_stem(stem), extension.strip().lower()


def clean_name(stem: str, extension: str) -> str:
    """Join the two to at most NAME_MAX characters, shortening the stem alone."""
    return f"{stem[: NAME_MAX - len(extension) - 1].rstrip(' .')}.{extension}"


def _clean_stem(stem: str) -> str:
    stem = re.sub(r"\s+", " ", stem).strip(" .") or "附件"
    # Windows opens a device, whatever the extension, under these.
    return f"_{stem}" if _RESERVED_NAMES.match(stem) else stem
