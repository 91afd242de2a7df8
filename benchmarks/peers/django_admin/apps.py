"""The application that Django is told of."""

from __future__ import annotations

from django.apps import AppConfig


class Registry(AppConfig):
    """Models and their admin."""

    name = "benchmarks.peers.django_admin"
    label = "registry"
    default_auto_field = "django.db.models.AutoField"
