"""Styles, scripts and pictures by names that say what is in them, so that a browser keeps them for years.

``css/forms.css`` is asked for as ``css/forms.0f1e2d3c4b.css``: another content is another name. The files under these
names, compressed beside it, are made at the first start of a version in the instance folder; WhiteNoise serves them
before the application is asked, without session or database. ``url_for("static", ...)`` gives the name.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Any
from wsgiref.headers import Headers

from flask import Flask, Response, abort
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from app.views.headers import HSTS, PLAIN

DIGITS = 10
KEPT = 3
"""Versions whose files stay: a server of the version before may still have people to serve."""
POLICY = "default-src 'none'; frame-ancestors 'none'"
_HASHED = re.compile(rf"\.([0-9a-f]{{{DIGITS}}})(\.[a-z0-9]+)$")
_REFERENCE = re.compile(r'url\("(?!data:|#)([^")]+)"\)')


def hashed_files(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Each file's name in ``folder``, with the name that it is asked for by and what it then holds.

    What a style sheet refers to it finds by such a name too. Raises ``KeyError`` for a reference to no file.
    """
    found: dict[str, tuple[str, bytes]] = {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    # Style sheets last: their own names depend on those of what they refer to.
    for path in sorted(paths, key=lambda path: path.suffix == ".css"):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix == ".css":
            content = _with_hashed_references(path, folder, found).encode()
        hashed = PurePosixPath(name).with_suffix(f".{sha256(content).hexdigest()[:DIGITS]}{path.suffix}")
        found[name] = (str(hashed), content)
    return found


def _with_hashed_references(sheet: Path, folder: Path, found: dict[str, tuple[str, bytes]]) -> str:
    up = "../" * len(sheet.relative_to(folder).parent.parts)

    def hashed(reference: re.Match[str]) -> str:
        name = (sheet.parent / reference[1]).resolve().relative_to(folder.resolve()).as_posix()
        return f'url("{up}{found[name][0]}")'

    return _REFERENCE.sub(hashed, sheet.read_text(encoding="utf-8"))


def built(files: dict[str, tuple[str, bytes]], parent: Path) -> Path:
    """The folder below ``parent`` that holds these files by both names, compressed beside it; made where it lacks."""
    version = sha256("\n".join(sorted(hashed for hashed, _ in files.values())).encode()).hexdigest()[:DIGITS]
    target = parent / version
    if target.is_dir():
        return target
    parent.mkdir(parents=True, exist_ok=True)
    making = Path(mkdtemp(dir=parent, prefix="making-"))
    compressor = Compressor(quiet=True)
    for name, (hashed, content) in files.items():
        for path in (making / name, making / hashed):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        if compressor.should_compress(hashed):
            compressor.compress(str(making / hashed))
    # Server and worker start at the same moment, and the same files come of it whoever is first.
    with suppress(OSError):
        making.rename(target)
    shutil.rmtree(making, ignore_errors=True)
    whole = [path for path in parent.iterdir() if not path.name.startswith("making-")]
    for old in sorted(whole, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return target


class StaticFiles(WhiteNoise):
    """A year is long enough: WhiteNoise says ten."""

    FOREVER = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Puts the files before ``app``; while one works on them (``FLASK_DEBUG=1``) each is read as it stands."""
    # Pages of Flask-AppBuilder's own are replaced throughout, and so are the six megabytes that went with them.
    app.view_functions["appbuilder.static"] = lambda **_values: abort(404)
    if app.debug:
        return
    assert app.static_folder is not None
    files = hashed_files(Path(app.static_folder))
    names = {hashed: PurePosixPath(hashed).suffixes[-2][1:] for hashed, _ in files.values()}

    def add_headers(headers: Headers, _path: str, url: str) -> None:
        digest = names.get(url.removeprefix(f"{app.static_url_path}/"))
        headers["Content-Security-Policy"] = POLICY
        for header, value in {**PLAIN, **(HSTS if app.config["SESSION_COOKIE_SECURE"] else {})}.items():
            headers[header] = value
        if digest:
            headers["ETag"] = f'"{digest}"'

    @app.url_defaults
    def by_hashed_name(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in files:
            values["filename"] = files[values["filename"]][0]

    def by_former_name(filename: str) -> Response:
        """What a page of another version asks for, as it is now: better than no style at all."""
        response = app.send_static_file(_HASHED.sub(r"\2", filename))
        response.cache_control.no_cache = True
        return response

    app.view_functions["static"] = by_former_name
    app.wsgi_app = StaticFiles(  # type: ignore[method-assign]
        app.wsgi_app,
        root=built(files, Path(app.instance_path) / "static"),
        prefix=app.static_url_path,
        max_age=0,
        allow_all_origins=False,
        immutable_file_test=lambda _path, url: url.removeprefix(f"{app.static_url_path}/") in names,
        add_headers_function=add_headers,
    )
