"""运行状况: whether every part of the installation works, at one look, for administrators."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from markupsafe import Markup

from app.services import deploy_check, figures, health, jobs, last_backup, operations, queues, resending
from app.services.ports import ports
from app.version import VERSION
from app.views.base import READ

_TECHNICAL = re.compile(r"([A-Za-z][\w./=:-]*(?: [\w./=:-]+)*)", re.ASCII)


def technical(sentence: str) -> Markup:
    """``sentence``, its commands and names of settings marked as such: they are typed as they stand."""
    pieces = _TECHNICAL.split(sentence)
    return Markup().join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(pieces))


class ConditionView(BaseView):
    """运行状况."""

    route_base = "/condition"
    default_view = "page"
    class_permission_name = "运行状况"
    base_permissions = ["can_read"]

    @expose("/")
    @has_access
    @permission_name(READ)
    def page(self) -> Any:
        """Every part, what waits, what was last done, and what of the settings is to be seen to."""
        parts = health.parts()
        return self.render_template(
            "admin/condition.html",
            title="运行状况",
            version=VERSION,
            revisions=health.schema(),
            parts=parts,
            queues=queues.standing(),
            seen_at=jobs.last_sign(),
            # As the table has it, which is some seconds old: a page that contradicts itself helps nobody.
            is_running=any(part.key == "worker" and part.works for part in parts),
            sms_failed=resending.failed_count(figures.DAY),
            backup=last_backup.last(),
            must_back_up=current_app.config["APP_ENV"] == "production",
            free=min(health.disks().values(), default=0),
            database_bytes=operations.database_bytes(),
            signers=ports().signers,
            faults=[technical(fault) for fault in deploy_check.of_settings()],
            technical=technical,
        )
