"""Logins. A 政府用户 belongs to one department; an expert's login belongs to one ``Expert``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User as BuilderUser
from sqlalchemy import JSON, Boolean, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identity import USERNAME_RULE, mask_id_number, mask_mobile
from app.models.columns import column, declare, link
from app.models.encrypted import Blind, Encrypted
from app.models.organization import Department
from app.models.types import UtcDateTime

# FAB wants a first and a last name and an address for each login; a Chinese name is one word and
# an expert need not have an address. The name stands in first_name; the table allows no address.
BuilderUser.__table__.c.email.nullable = True
declare(BuilderUser.__table__.c.first_name, label="姓名", required=True, listed=True, searchable=True)
declare(
    BuilderUser.__table__.c.username,
    label="用户名",
    required=True,
    listed=True,
    searchable=True,
    help=f"登录用，{USERNAME_RULE}。",
)


class Account(BuilderUser):
    """A login. ``session_epoch`` stands in each session; raising it ends them all."""

    __tablename__ = "ab_user"
    __table_args__: Any = {"extend_existing": True}
    __label__ = "账号"

    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    department: Mapped[Department | None] = link(label="所属部门", required=True, listed=True, searchable=True)
    id_number: Mapped[str | None] = column(
        Encrypted("ab_user.id_number", 18),
        label="身份证号",
        mask=mask_id_number,
        help="有审核或备案权限的人员必填：系统据此防止本人办理本人的申报。",
    )
    """So that nobody decides on themselves through a second login (R6)."""
    id_number_index: Mapped[bytes | None] = mapped_column(Blind("id_number"), unique=True)
    mobile: Mapped[str | None] = column(Encrypted("ab_user.mobile", 11), label="手机", mask=mask_mobile)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("ab_user.totp_secret"))
    """What the phone makes its one-time passwords from (RFC 6238), in base 32; none where no phone is bound."""
    totp_pending: Mapped[str | None] = mapped_column(Encrypted("ab_user.totp_pending"))
    """The secret that is shown as a picture and not yet confirmed by a code."""
    totp_step: Mapped[int | None] = mapped_column(Integer)
    """The newest time step whose code was used: it and older ones are spent."""

    list_columns: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)
    """List to the columns that this person has chosen for it."""
    guided_at: Mapped[datetime | None] = mapped_column(UtcDateTime().evaluates_none())
    """When this person put away the guide to their first page."""

    @property
    def name(self) -> str:
        """The person's name."""
        return self.first_name

    @property
    def is_staff(self) -> bool:
        """Whether this is the account of a 政府用户, an expert's at the same time or not."""
        return self.department_id is not None or self.department is not None

    @property
    def has_totp(self) -> bool:
        """Whether a phone is bound."""
        return self.totp_secret is not None

    @property
    def place(self) -> str:
        """Organization and department of a 政府用户."""
        return f"{self.department.organization.name}{self.department.name}" if self.department else ""

    def get_full_name(self) -> str:
        """FAB's word for ``name``."""
        return self.first_name

    def __str__(self) -> str:
        return self.first_name
