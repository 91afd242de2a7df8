"""Loads the reference data: taxonomy, regions, organizations, departments, appointing bodies, roles.

Run after ``flask --app run db upgrade``; a second run changes nothing.
"""

from __future__ import annotations

from app import create_app
from app.services import reference


def main() -> None:
    """Seeds and says what was added."""
    with create_app().app_context():
        added = reference.seed()
    print("基础数据：" + ("、".join(f"{table} {count}" for table, count in added.items()) or "已是最新，没有改动"))


if __name__ == "__main__":
    main()
