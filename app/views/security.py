"""Flask-AppBuilder's security manager, its doors shut: no JSON login, no reset of anybody, no all-powerful role."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_login import LoginManager, current_user

from app.extensions import limiter
from app.models import Account
from app.policies.roles import MENU, Permission
from app.services.sessions import Caller
from app.views import current
from app.views.login import LoginView
from app.views.session import caller_of_session


class RegistrySecurityManager(SecurityManager):
    """Reads all permissions of a request in one statement; grants none by itself (R7)."""

    user_model = Account
    authdbview = LoginView

    def register_views(self) -> None:
        """The login and nothing else: accounts and roles have screens of our own."""
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def create_limiter(self, app: Flask) -> Limiter:
        """The one that there is: FAB would bind a second, and each request be counted twice."""
        return limiter

    def create_login_manager(self, app: Flask) -> LoginManager:
        """FAB names a login page that it does not have, and asks in English."""
        manager: LoginManager = super().create_login_manager(app)
        manager.login_view, manager.login_message = "LoginView.login", "请先登录。"
        manager.login_message_category = "info"
        return manager

    def load_user(self, pk: int) -> Caller | None:
        """Whose the session is, unless the account was disabled or its sessions were ended."""
        return caller_of_session(int(pk))

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the present user has the permission; nobody has one without logging in."""
        return Permission(permission_name, view_name) in current.permissions()

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing that asks for a permission is public."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> frozenset[str]:
        """The menus of the present user."""
        return _menus_among(current.permissions())

    def get_user_roles(self, user: Any) -> list[Any]:
        """The roles of an account; what asks for those of the present user asks ``has_access`` instead."""
        return list(user.roles) if isinstance(user, Account) else []

    @staticmethod
    def before_request() -> None:
        """FAB's templates and models ask ``g.user``."""
        g.user = current_user


@lru_cache(256)
def _menus_among(permissions: frozenset[Permission]) -> frozenset[str]:
    """Asked for several times a page, and the same for the same permissions."""
    return frozenset(resource for verb, resource in permissions if verb == MENU)
