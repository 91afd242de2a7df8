"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from app.domain.validity import chinese_date
from app.policies.roles import VERBS, Permission


@dataclass(frozen=True)
class Loan:
    """A permission that the actor has by a running 委托 and by no role; ``ends_on`` is its last day."""

    delegation_id: int
    permission: Permission
    principal_id: int
    principal_name: str
    principal_id_number: str = field(repr=False)
    ends_on: date

    @property
    def words(self) -> str:
        """Whose it is and until when, for who has it."""
        return f"您受{self.principal_name}委托{VERBS[self.permission.verb]}，至{chinese_date(self.ends_on)}。"


@dataclass(frozen=True)
class Actor:
    """A person at work, read once for a request.

    ``permissions`` are the person's own and those lent to them; ``loans`` tell whose the lent ones are.
    ``region_span`` is the first and last GB/T 2260 code of what they see, both included; ``None``
    for who belongs to no department. ``id_number`` is the person's, staff's or expert's, where known.
    """

    user_id: int
    name: str
    permissions: frozenset[Permission]
    department_id: int | None = None
    organization_id: int | None = None
    place: str = ""
    region_span: tuple[str, str] | None = None
    expert_id: int | None = None
    id_number: str | None = None
    loans: tuple[Loan, ...] = ()

    def may(self, permission: Permission) -> bool:
        """Whether a role of the actor's carries ``permission``, or a colleague has lent it."""
        return permission in self.permissions

    def lent(self, permission: Permission) -> tuple[Loan, ...]:
        """The loans by which the actor has ``permission``; none where it is the actor's own."""
        return tuple(loan for loan in self.loans if loan.permission == permission)

    def owns(self, permission: Permission) -> bool:
        """Whether the actor has ``permission`` by a role, which alone can be lent to others."""
        return self.may(permission) and not self.lent(permission)
