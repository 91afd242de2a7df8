"""The extensions, bare: ``create_app`` binds them.

FAB's AppBuilder gathers views, and so is made anew by each application.
"""

from __future__ import annotations

from flask import request
from flask_appbuilder.models.sqla.base import SQLA
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from app.domain.network import network_of


def client_network() -> str:
    """Whom a limit by address counts: one address of IPv4, a /64 of IPv6."""
    return network_of(request.remote_addr)


db = SQLA()
migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(key_func=client_network)
