"""Every refusal and fault as a page in Chinese: what happened, what to do; never a trace."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, jsonify, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from limits.errors import StorageError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError, ServiceUnavailable

from app.database import Trouble, trouble
from app.domain.errors import DomainError
from app.extensions import db
from app.trail import present_id
from app.views.audit_trail import note_forgery, note_refusal, route_asked

log = logging.getLogger(__name__)
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 500, 503}
UNCOUNTED = "系统暂时不能核对访问次数，为保护账号安全，请过几分钟再试。"
TROUBLES = {
    Trouble.TOO_LONG: "这次查询用的时间太长，已经停止。请多给几个条件，或把条件写得更具体。",
    Trouble.BUSY: "现在使用系统的人很多，没有轮到这次操作，没有保存任何内容。请稍后再试。",
    Trouble.FULL: "服务器的磁盘已满，这次操作没有保存任何内容。请稍后再试，并告知系统管理员。",
    Trouble.AWAY: "数据库暂时没有应答，这次操作没有完成。请过几分钟再试。",
}


def page(status: int, message: str = "") -> tuple[Any, int]:
    """The error page, or JSON for our own scripts."""
    # Of a fault there is more in the log, under the number of the request.
    number = present_id() if status >= 500 else ""
    if request.accept_mimetypes.best == "application/json":
        said = message or "操作没有成功，请刷新页面后再试。"
        return jsonify(message=f"{said}（编号 {number}）" if number else said), status
    template = status if status in PAGES - {405, 422} else {405: 404, 422: 400}.get(status, 500)
    return render_template(f"errors/{template}.html", detail=message, number=number), status


def init_app(app: Flask) -> None:
    """Binds the handlers to ``app``."""

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> tuple[Any, int]:
        note_refusal(error)
        return page(error.status, error.message)

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> tuple[Any, int]:
        note_forgery()
        return page(400, "页面已过期，请返回上一页刷新后再提交。")

    @app.errorhandler(RateLimitExceeded)
    def too_many(error: RateLimitExceeded) -> tuple[Any, int]:
        own = error.limit.error_message if error.limit else None
        return page(429, own if isinstance(own, str) else "操作太频繁，请稍后再试。")

    @app.errorhandler(StorageError)
    def uncounted(error: StorageError) -> tuple[Any, int]:
        # Who cannot be counted is refused, not waved through.
        log.error("rate limits cannot be counted at %s: %s", route_asked(), type(error.storage_error).__name__)
        return page(ServiceUnavailable.code, UNCOUNTED)

    @app.errorhandler(SecurityError)
    def other_host(error: SecurityError) -> tuple[Any, int]:
        # For a host that is not ours there are no addresses, hence no page of ours.
        return "请求的主机名不正确。", 400

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        text = error.description or ""
        return page(error.code, text if any("\u4e00" <= character <= "\u9fff" for character in text) else "")

    @app.errorhandler(Exception)
    def fault(error: Exception) -> tuple[Any, int]:
        db.session.rollback()
        if (ails := trouble(error)) is not None:
            log.error("the database is %s at %s", ails.value, route_asked())
            return page(ServiceUnavailable.code, TROUBLES[ails])
        # The route alone: a query string, a form or a statement's parameters may hold personal data, and what
        # was typed into the path a line that looks like one of ours.
        log.error("fault at %s", route_asked(), exc_info=error)
        return page(InternalServerError.code)
