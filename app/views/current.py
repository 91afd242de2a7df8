"""Who asks: read once for a request, never kept beyond it."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from app.domain.workdays import Calendar
from app.extensions import db
from app.models import Account
from app.policies.actor import Actor
from app.policies.roles import APPLY, READ_APPLICATIONS, Permission
from app.services import inbox
from app.services.sessions import Caller


def caller() -> Caller | None:
    """Whose session the request came with: read with the session, so that a revoked role counts at the next request.

    None for a visitor, and for who has only now logged in: what they may is read by the request that follows.
    """
    found = current_user._get_current_object()
    return found if isinstance(found, Caller) else None


def permissions() -> frozenset[Permission]:
    """What the present user may, by roles and by 委托; a visitor nothing."""
    found = caller()
    return frozenset() if found is None else found.actor.permissions


def actor() -> Actor:
    """The present user as an actor. Only for pages that need a login."""
    found = caller()
    assert found is not None, "a page for everybody asked who acts"
    return found.actor


def account() -> Account:
    """The present user's row, for the pages about it. Only for pages that need a login."""
    return db.session.get_one(Account, current_user.id)


def first_page() -> str:
    """Where the present user begins. Only for pages that need a login."""
    if APPLY in permissions():
        return "/my/"
    return "/desk/" if READ_APPLICATIONS in permissions() else "/account/"


def unread() -> int:
    """How many notices the present user had not read when the request came."""
    found = caller()
    return 0 if found is None else found.unread


def calendar() -> Calendar:
    """The working days, read once for a request."""
    if "calendar" not in g:
        g.calendar = inbox.calendar()
    found: Calendar = g.calendar
    return found
