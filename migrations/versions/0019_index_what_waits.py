"""What waits and what is due is found by an index, whatever the size of the table.

Desks count by ``expert_reach`` and by these; the worker's sweeps find without reading a table that
there is nothing to do.
"""

from __future__ import annotations

from migrations import gently

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ADDED = {
    "ix_application_status_expert": ("application", "status, expert_id"),
    "ix_application_department_waiting": (
        "application",
        "department_id, status, changed_at, id, expert_id",
    ),
    "ix_application_organization_waiting": (
        "application",
        "organization_id, status, changed_at, id, expert_id",
    ),
    "ix_certificate_expert_standing": ("certificate", "expert_id, status, valid_to"),
    "ix_certificate_reminder_told": ("certificate_reminder", "department_told_on, days, certificate_id"),
    "ix_sms_message_kept": ("sms_message", "created_at, mobile_index, id"),
}
PARTIAL = {
    "ix_certificate_following": ("certificate", "supersedes_id", "supersedes_id IS NOT NULL"),
    "ix_expert_closing": ("expert", "closed_at", "closed_at IS NOT NULL AND erased_at IS NULL"),
    "ix_expert_retained": ("expert", "retained_until", "retained_until IS NOT NULL"),
}
BEGUN_BY_OTHERS = {
    "ix_certificate_expert_id": ("certificate", "expert_id"),
    "ix_certificate_reminder_department_told_on": ("certificate_reminder", "department_told_on"),
}
"""Indexes whose columns now begin a longer one."""


def upgrade() -> None:
    """Adds the longer ones before it takes the shorter away."""
    for name, (table, columns) in ADDED.items():
        gently.create_index(name, table, columns)
    for name, (table, column, where) in PARTIAL.items():
        gently.create_index(name, table, column, where=where)
    for name in BEGUN_BY_OTHERS:
        gently.drop_index(name)


def downgrade() -> None:
    """The other way round."""
    for name, (table, columns) in BEGUN_BY_OTHERS.items():
        gently.create_index(name, table, columns)
    for name in (*PARTIAL, *ADDED):
        gently.drop_index(name)
