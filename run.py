"""The application, for ``flask --app run`` and for a WSGI server (``gunicorn run:app``)."""

from __future__ import annotations

import sys

from app import create_app
from config import Misconfigured

try:
    app = create_app()
except Misconfigured as fault:
    sys.exit(str(fault))
