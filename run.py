"""The application, for ``flask --app run`` and for a WSGI server (``gunicorn run:app``)."""

from __future__ import annotations

from app import create_app

app = create_app()
