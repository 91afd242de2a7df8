"""A PostgreSQL database as large as a province's, at an earlier revision, filled by the database itself in minutes.

Nobody can read what stands for sealed values: they are bytes of the right length. So migrations can be measured
from revision 0003 on, which seal and open nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

_NAMES = (
    "substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', 1 + n % 20, 1)"
    " || substr('建国文明志强秀英丽华永平春兰海燕晓东', 1 + n / 20 % 18, 2)"
)
_DAY = "date '2020-01-06' + n % 2190 * 7919 % 2190"
_AT = f"({_DAY}) + time '03:00'"
_STATUS = """CASE WHEN n > {size} THEN 'rejected' ELSE (ARRAY[
    'filed', 'filed', 'filed', 'filed', 'filed', 'pending_filing', 'pending_review', 'rejected', 'rejected', 'withdrawn'
])[1 + n % 10] END"""
_DECIDED = "n % 10 < 6"
_PLACE = "(ARRAY['530000','530100','530102','530103'])[1 + n % 4]"


def _bytes(length: int, salt: str) -> str:
    """As many bytes, other ones for each row: two marks, a nonce, the sealed text, its tag."""
    return f"substring(decode(repeat(md5(n || '{salt}'), {length // 16 + 1}), 'hex') FOR {length})"


Table = tuple[float, Mapping[str, str]]
_THERE = {"id": "1", "retired": "false"}
_FIRST = _THERE | {"position": "1"}
PLACES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "region": tuple(
        {"code": f"'{code}'", "name": "'地区'", "level": level, "full_name": f"'地区{code}'", "parent_code": parent}
        for code, level, parent in (
            ("530000", "1", "NULL"), ("530100", "2", "'530000'"),
            ("530102", "3", "'530100'"), ("530103", "3", "'530100'"),
        )
    ),
    "organization": (_THERE | {"name": "'云南省应急管理厅'", "region_code": "'530000'", "prefix": "'YNS'"},),
    "department": (_THERE | {"organization_id": "1", "name": "'危化处'", "receives": "true", "files": "true"},),
    "appointing_body": (_THERE | {"organization_id": "1", "name": "'省应急管理厅'", "kind": "1"},),
    "industry": (_FIRST | {"name": "'化工'", "short_name": "'化工'"},),
    "field": (_FIRST | {"industry_id": "1", "name": "'化工'"},),
    "speciality": (_FIRST | {"field_id": "1", "name": "'化工工艺'"},),
}  # fmt: skip
"""What the other rows point at."""

GROWS: Mapping[str, Table] = {
    "ab_user": (1, {
        "id": "n", "first_name": _NAMES, "last_name": "''", "username": "'expert' || n", "password": "repeat('x', 162)",
        "active": "true", "must_change_password": "false", "session_epoch": "0", "password_changed_at": _AT,
        "id_number": "NULL", "mobile": "NULL",
    }),
    "expert": (1, {
        "id": "n", "user_id": "n", "version": "1", "created_at": _AT, "updated_at": _AT, "name": _NAMES, "sex": "'男'",
        "birth_date": "date '1955-01-01' + n % 14000 * 7919 % 14000", "id_number": _bytes(48, "i"),
        "id_number_index": _bytes(32, "ii"), "mobile": _bytes(41, "m"), "mobile_index": _bytes(32, "mi"),
        "nation": "'汉族'",
        "address": "'昆明市五华区青年路' || n || '号'", "postcode": "'650021'", "region_code": _PLACE,
        "school": "'昆明理工大学'", "major": "'化学工程'", "employer": "'云南第' || n % 20000 || '化工有限公司'",
        "duty": "'总工程师'",
        "title_level": "(ARRAY['正高级','副高级','中级'])[1 + n % 3]", "title_name": "'高级工程师'",
        "strengths": "repeat('危险化学品安全评价；', 12)",
    }),
    "snapshot": (1.2, {"id": "n", "expert_id": "1 + n % {size}", "taken_at": _AT, "content": _bytes(720, "s")}),
    "application": (1.2, {
        "id": "n", "version": "1", "expert_id": "1 + n % {size}", "organization_id": "1", "department_id": "1",
        "region_code": "'530000'", "status": _STATUS, "submitted_at": _AT, "changed_at": _AT, "snapshot_id": "n",
        "speciality_id": f"CASE WHEN {_DECIDED} THEN 1 END", "appointing_body_id": f"CASE WHEN {_DECIDED} THEN 1 END",
        "title": f"CASE WHEN {_DECIDED} THEN '省化工-化工工艺' END",
    }),
    "submission": (1.2, {"id": "n", "application_id": "n", "snapshot_id": "n"}),
    "transition": (2.8, {
        "application_id": "1 + n % ({size} * 6 / 5)", "action": "(ARRAY['submit','approve','file'])[1 + n % 3]",
        "source": "'pending_review'", "target": "'pending_filing'", "at": _AT, "actor_id": "1",
        "actor_name": "'王科长'",
        "actor_place": "'云南省应急管理厅危化处'", "reason": "''",
    }),
    "certificate": (0.6, {
        "version": "1", "application_id": "n * 2 - n % 2", "expert_id": "1 + n % {size}", "organization_id": "1",
        "department_id": "1", "region_code": "'530000'", "number": "'YNS' || 20200000000 + n", "name": _NAMES,
        "title": "'省化工-化工工艺'", "body": "'省应急管理厅'", "valid_from": _DAY, "valid_to": f"{_DAY} + 1825",
        "issued_on": _DAY, "status": "'valid'", "digest": "md5(n || 'd') || md5(n || 'e')",
        "check_code": "substr(md5(n || 'c'), 1, 22)",
    }),
    "attachment": (2, {
        "expert_id": "1 + n % {size}", "kind": "(ARRAY['consent','title'])[1 + n % 2]", "filename": "'职称证书.pdf'",
        "content_type": "'application/pdf'", "size": "123456", "digest": "md5(n || 'a') || md5(n || 'b')",
        "uploaded_at": _AT,
    }),
    "audit_entry": (2, {
        "at": _AT, "actor_id": "1", "actor_name": "'王科长'", "action": "'审核通过'", "subject": "'申报 ' || n",
        "role": "'审核人员'", "place": "'云南省应急管理厅危化处'", "address": "'10.0.0.1'",
    }),
    "sms_message": (1, {
        "key": "md5(n || 'k')", "mobile": _bytes(41, "x"), "mobile_index": _bytes(32, "xi"), "purpose": "'审核结果'",
        "text": _bytes(150, "t"), "status": "'sent'", "created_at": _AT, "due_at": _AT, "sent_at": _AT, "tries": "1",
    }),
    "notification": (1, {
        "account_id": "1 + n % {size}", "kind": "'approved'", "text": "'您的申报已审核通过。'", "target_id": "n",
        "created_at": _AT,
    }),
}  # fmt: skip
"""Rows for each expert, and each column as an expression of the row's number ``n``."""


def fill(connection: Connection[Any], size: int) -> dict[str, int]:
    """Fills the empty, migrated database of ``connection``, which is in autocommit; gives the rows of each large table.

    Needs a superuser: the rows fit together, so no foreign key is looked at.
    """
    for setting in ("session_replication_role = replica", "statement_timeout = 0", "synchronous_commit = off"):
        connection.execute(f"SET {setting}".encode())
    for table, rows in PLACES.items():
        for row in rows:
            _insert(connection, table, row, "")
    filled = {
        table: _insert(connection, table, row, f" FROM generate_series(1, {int(size * each)}) AS n", size)
        for table, (each, row) in GROWS.items()
    }
    connection.execute("VACUUM ANALYZE")
    return {table: rows for table, rows in filled.items() if rows}


def _insert(connection: Connection[Any], table: str, row: Mapping[str, str], source: str, size: int = 0) -> int:
    """By the columns that the table has at this revision; none where there is no such table yet."""
    there = {name for (name,) in connection.execute(_COLUMNS, {"table": table})}
    given = {name: value.replace("{size}", str(size)) for name, value in row.items() if name in there}
    if not given:
        return 0
    columns, values = ", ".join(f'"{name}"' for name in given), ", ".join(given.values())
    done = connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values}{source}".encode()).rowcount
    if "id" in given:
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}".encode())
    return done


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %(table)s AND table_schema = 'public'"
