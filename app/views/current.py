"""Who asks: read once for a request, never kept beyond it."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from app.domain.workdays import Calendar
from app.policies.actor import Actor, Rights
from app.policies.roles import Permission
from app.services import actors, inbox


def rights() -> Rights:
    """What the present user may: one statement a request, so that a revoked role counts at the next one."""
    if "rights" not in g:
        g.rights = actors.rights_of(current_user.id) if current_user.is_authenticated else Rights()
    found: Rights = g.rights
    return found


def permissions() -> frozenset[Permission]:
    """The permissions among them, own and lent."""
    return rights().permissions


def actor() -> Actor:
    """The present user as an actor. Only for pages that need a login."""
    if "actor" not in g:
        g.actor = actors.actor_of(current_user, rights())
    found: Actor = g.actor
    return found


def calendar() -> Calendar:
    """The working days, read once for a request."""
    if "calendar" not in g:
        g.calendar = inbox.calendar()
    found: Calendar = g.calendar
    return found
