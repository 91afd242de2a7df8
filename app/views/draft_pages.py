"""自动暂存: a long form sends what is typed while it is typed, and offers it again when it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import jsonify, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import NotFound
from app.extensions import limiter
from app.models import FormDraft
from app.policies.roles import OWN
from app.services import form_drafts, rows
from app.services.form_drafts import DraftOf
from app.views import current
from app.views.fields import whole_number
from app.views.outcome import perform
from app.views.text import text_of

APPLY = "apply"
ADDRESSES = {DraftOf.PROFILE: "/my/profile", DraftOf.CHANGE: "/my/changes/new"}
NOT_KEPT = ("csrf_token", "save")


@dataclass(frozen=True)
class Draft:
    """What somebody typed into a form, and has not sent: its page shows that instead of what is saved."""

    row: FormDraft
    version: int
    """Of the profile as it stands."""

    @property
    def typed(self) -> MultiDict[str, str]:
        """As a browser would send it."""
        return MultiDict([(name, text) for name, text in self.row.content])

    @property
    def is_stale(self) -> bool:
        """Whether the profile was saved since the form was opened."""
        return whole_number(self.typed.get("version", "")) != self.version


def open_draft(form: DraftOf, version: int) -> Draft | None:
    """The present user's draft of a form that is being opened. Who has just sent the form sees what they sent."""
    row = form_drafts.kept(current.actor(), form) if request.method == "GET" else None
    return Draft(row, version) if row else None


class DraftPages(BaseView):
    """The drafts of the present expert."""

    route_base = "/my/draft"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/<name>", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    @limiter.limit("1200 per hour")
    def keep(self, name: str) -> Any:
        """Keeps what the form holds at this moment; answers when that was, in words."""
        content = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT]
        return jsonify(saved=text_of(form_drafts.keep(current.actor(), _named(name), content).saved_at))

    @expose("/<name>/drop", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    def drop(self, name: str) -> BaseResponse:
        """放弃."""
        form = _named(name)
        perform(form_drafts.drop, current.actor(), form, done="已放弃没有保存的内容。")
        return redirect(ADDRESSES[form])


def _named(name: str) -> DraftOf:
    try:
        return DraftOf(name)
    except ValueError:
        raise NotFound(rows.NOT_THERE) from None
