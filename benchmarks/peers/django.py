"""Django admin in its own process; ``django`` and ``django_indexed`` differ by the database alone."""

from __future__ import annotations

from typing import Any

import django as framework
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from sqlalchemy import make_url

from benchmarks.peers.asking import Facts, Peer, WsgiBrowser, counts, field_of
from benchmarks.peers.columns import PASSWORD, USER
from benchmarks.peers.deeds import logging_in, saving


def _database(url: str) -> dict[str, Any]:
    parts = make_url(url)
    if parts.drivername == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.database}
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.database, "USER": parts.username,
        "PASSWORD": parts.password or "", "HOST": parts.host, "PORT": parts.port or 5432, "CONN_MAX_AGE": None,
    }  # fmt: skip


def _configure(url: str) -> None:
    """As ``django-admin startproject`` writes it, in Chinese and with a database connection that is kept."""
    settings.configure(
        SECRET_KEY="not a secret",
        ALLOWED_HOSTS=["localhost"],
        DATABASES={"default": _database(url)},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "benchmarks.peers.django_admin.apps.Registry",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="benchmarks.peers.django_admin.urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        LANGUAGE_CODE="zh-hans",
        TIME_ZONE="Asia/Shanghai",
        USE_TZ=True,
        STATIC_URL="static/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip


def open_peer(facts: Facts) -> Peer:
    """The application, an administrator logged in."""
    _configure(facts.url)
    framework.setup()
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    if not users.filter(username=USER).exists():
        users.create_superuser(USER, password=PASSWORD)
    browser, statements = WsgiBrowser(get_wsgi_application()), list[str]()

    def credentials(body: str) -> dict[str, str]:
        token = field_of(body, "csrfmiddlewaretoken")
        return {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": token, "next": "/admin/"}

    log_in = logging_in(browser, "/admin/login/", statements, credentials)
    log_in()

    def note(execute: Any, said: str, *rest: Any) -> Any:
        counts(statements, said)
        return execute(said, *rest)

    connection.execute_wrappers.append(note)
    lists = "/admin/registry/expert/?"
    pages = {
        "list_first": lists,
        "list_last": f"{lists}p={facts.last_page}",
        "filter_status": f"{lists}approved__exact=1",
        "filter_status_region": f"{lists}approved__exact=1&region__code__exact={facts.county}",
        "search_two_characters": f"{lists}q={facts.name}",
        "search_no_hit": f"{lists}q={facts.absent_name}",
        "search_employer": f"{lists}employer__contains={facts.employer}",
        "search_employer_no_hit": f"{lists}employer__contains={facts.absent_employer}",
        "search_one_character": f"{lists}q={facts.one_character}",
        "sort_name": f"{lists}o=1",
        "sort_employer": f"{lists}o=-4",
        "sort_sex": f"{lists}o=-2",
        "detail": f"/admin/registry/expert/{facts.expert_id}/change/",
    }
    deeds = {"save": saving(browser, f"/admin/registry/expert/{facts.saved_id}/change/", statements), "login": log_in}
    return Peer(browser, pages, r"/admin/registry/expert/(\d+)/change/", statements, deeds)
