"""应急管理专家信息管理系统: the registry of emergency-management experts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from werkzeug.middleware.proxy_fix import ProxyFix

import config as settings
from app import cli, database, logs, metrics, statements
from app.adapters.captcha import PillowCaptcha
from app.adapters.scanner import scanner_at
from app.adapters.signing.choice import signers_in
from app.adapters.sms.choice import sms_sender
from app.adapters.storage_choice import storage_at
from app.adapters.waker import QueueWaker
from app.cipher import Algorithm, KeyRing, parse_key, parse_keys
from app.domain.design import pieces
from app.domain.validity import today_in_shanghai
from app.extensions import csrf, db, limiter, migrate
from app.services import province
from app.services import replica as replica_reads
from app.services.ports import Ports
from app.views import (
    audit_trail,
    drawing,
    english,
    errors,
    field_help,
    gates,
    guide_pages,
    headers,
    manual,
    navigation,
    privacy,
    probes,
    register,
    replica,
    request_trail,
    session,
    static_files,
    throttle,
    unread,
)
from app.views.home import Home
from app.views.markdown import anchor
from app.views.security import RegistrySecurityManager
from app.views.text import size_of, text_of

HERE = Path(__file__).resolve().parent


def create_app(overrides: dict[str, Any] | None = None, ports: Ports | None = None) -> Flask:
    """The application, bound and ready. The only place that sees every room.

    ``overrides`` are settings over those of the environment; ``ports`` the adapters of a test.
    """
    values = {**settings.load(), **(overrides or {})}
    app = Flask("app", instance_path=values["INSTANCE_PATH"], root_path=str(HERE))
    app.config.from_mapping(values)
    logs.init_app(app)
    metrics.init_app(app)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", database.engine_options(app.config))
    app.config.setdefault("SQLALCHEMY_BINDS", database.binds(app.config))
    if app.config["PROXIES"]:
        # Only so many as there are: an address further left is whatever the visitor wrote.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=app.config["PROXIES"], x_proto=app.config["PROXIES"]
        )
    request_trail.init_app(app)
    probes.init_app(app)
    province.init_app(app)
    app.extensions["key_ring"] = keys = _key_ring(app.config)
    app.extensions["ports"] = ports or Ports(
        storage_at(app.config, keys),
        sms_sender(app.config),
        PillowCaptcha(),
        scanner_at(app.config["CLAMD_ADDRESS"]),
        QueueWaker(app.config["WORKER_QUEUE_URI"], Path(app.instance_path)),
        signers_in(app.config["SIGNERS_FILE"]),
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=str(HERE.parent / "migrations"), render_as_batch=True)
    english.init_app(app)
    audit_trail.init_app(app)  # before what refuses, so that a refusal knows where it came from
    csrf.init_app(app)
    limiter.init_app(app)
    with app.app_context():
        database.tame(db.engine, app.config)
        for engine in db.engines.values():
            statements.init_engine(engine, app.config["SLOW_STATEMENT_MS"])
        replica_reads.init_app(app)
        appbuilder = AppBuilder(app, db.session, indexview=Home, security_manager_class=RegistrySecurityManager)
        register(appbuilder)
    drawing.init_app(app)
    navigation.init_app(app, appbuilder)
    app.jinja_env.filters["shown"] = text_of
    app.jinja_env.filters["size"] = size_of
    app.jinja_env.filters["anchor"] = anchor
    app.jinja_env.globals["manual_about"] = manual.about
    app.jinja_env.globals["hint_of"] = field_help.OTHERS
    app.jinja_env.globals["province"] = app.extensions["province"].fill
    app.jinja_env.globals["today_in_shanghai"] = today_in_shanghai
    app.jinja_env.globals["guide_is_due"] = guide_pages.is_due
    app.jinja_env.filters["pieces"] = pieces
    session.init_app(app)
    replica.init_app(app)  # after the session: its answer comes before that notes of itself that it is in use
    throttle.init_app(app)
    gates.init_app(app)
    privacy.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    unread.init_app(app)
    static_files.init_app(app)
    cli.init_app(app)
    return app


def _key_ring(config: dict[str, Any]) -> KeyRing:
    try:
        return KeyRing(
            parse_keys(config["ENCRYPTION_KEYS"]),
            parse_key(config["INDEX_KEY"]),
            Algorithm.named(config["ENCRYPTION_ALGORITHM"]),
        )
    except ValueError as fault:
        raise settings.Misconfigured(f"ENCRYPTION_KEYS、INDEX_KEY 或 ENCRYPTION_ALGORITHM 设置有误：{fault}") from None
