"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass

from app.policies.roles import Permission


@dataclass(frozen=True)
class Actor:
    """A person at work, read once for a request.

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

    def may(self, permission: Permission) -> bool:
        """Whether any of the actor's roles carries ``permission``."""
        return permission in self.permissions
