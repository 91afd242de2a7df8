"""后台任务: what the worker does by itself, how it went, and whether there is a worker at all."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from werkzeug.wrappers import Response as BaseResponse

from app.policies.roles import RUN_JOBS
from app.services import background, jobs, operations
from app.services.ports import ports
from app.views import current
from app.views.base import READ
from app.views.outcome import perform

RUN = "run"


class JobsView(BaseView):
    """后台任务."""

    route_base = "/jobs"
    default_view = "list"
    class_permission_name = "后台任务"
    base_permissions = ["can_read", "can_run"]

    @expose("/list/")
    @has_access
    @permission_name(READ)
    def list(self) -> Any:
        """Each job, the worker, the messages."""
        return self.render_template(
            "admin/jobs.html",
            title="后台任务",
            overview=operations.overview(),
            lines=jobs.standing(background.ALL),
            day=jobs.DAY,
            may_run=current.actor().may(RUN_JOBS),
            queue_answers=ports().waker.answers(),
        )

    @expose("/run/<key>", methods=["POST"])
    @has_access
    @permission_name(RUN)
    def run(self, key: str) -> BaseResponse:
        """立即运行."""
        perform(operations.run_now, current.actor(), key, done="已安排立即运行，稍候刷新本页查看结果。")
        return redirect("/jobs/list/")
