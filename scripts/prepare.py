"""Brings schema, reference data and sample people up to date, and prints the sample logins.

In one process, which saves starting three: ``flask db upgrade``, ``seed_taxonomy.py`` and
``flask seed-samples`` do the same one by one.
"""

from __future__ import annotations

import sys

import flask_migrate

from app import create_app
from app.cli import show_logins
from app.domain.errors import NotAllowed
from app.services import reference, samples

ADMINISTRATOR = "另开一个窗口，设同样的环境变量，执行 / in another window: .venv/bin/flask --app run create-admin"


def main() -> None:
    """Prepares a development machine; refuses in production before anything is written."""
    app = create_app()
    if app.config["APP_ENV"] == "production":
        sys.exit("APP_ENV=production：make run 和 make seed 只用于开发和演示，不在生产环境使用。")
    with app.app_context():
        flask_migrate.upgrade()
        added = reference.seed()
        if added:
            print("载入基础数据和示例数据，第一次约需十几秒 / loading reference data and samples", flush=True)
        try:
            show_logins(samples.load())
        except NotAllowed as refusal:
            # It is served all the same, without anybody who could log in yet.
            print(refusal.message, ADMINISTRATOR, sep="\n", flush=True)


if __name__ == "__main__":
    main()
