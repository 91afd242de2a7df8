"""The extensions, bare: ``create_app`` binds them.

FAB's AppBuilder gathers views, and so is made anew by each application.
"""

from __future__ import annotations

from flask_appbuilder.models.sqla.base import SQLA
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

db = SQLA()
migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
