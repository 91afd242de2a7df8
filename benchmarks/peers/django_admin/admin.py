"""What a reader of the documentation writes."""

from __future__ import annotations

from django.contrib import admin

from benchmarks.peers.columns import LISTED
from benchmarks.peers.django_admin.models import Expert


@admin.register(Expert)
class ExpertAdmin(admin.ModelAdmin):
    """Twenty-five rows a page, as the others; without the join that it does not make by itself it asks for each row."""

    list_display = LISTED
    list_select_related = ("region",)
    list_filter = ("approved", "region")
    search_fields = ("name",)
    list_per_page = 25
