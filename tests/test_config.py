"""Settings by environment: production refuses what is unsafe, development makes its own."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import create_app
from config import Misconfigured, load

PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "a-long-and-random-secret",
    "DATABASE_URL": "postgresql://registry@db/registry",
    "RATELIMIT_STORAGE_URI": "redis://cache:6379/0",
    "TRUSTED_HOSTS": "zj.example.gov.cn, www.example.gov.cn",
    "ENCRYPTION_KEYS": "1:" + base64.b64encode(b"e" * 32).decode(),
    "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
    "AUDIT_KEY": "another-long-and-random-secret",
    "PUBLIC_URL": "https://zj.example.gov.cn",
    "SMS_PROVIDER": "aliyun",
    "SMS_ACCESS_KEY_ID": "id",
    "SMS_ACCESS_KEY_SECRET": "secret",
}
NEEDED = (
    "SECRET_KEY", "DATABASE_URL", "RATELIMIT_STORAGE_URI", "TRUSTED_HOSTS",
    "ENCRYPTION_KEYS", "INDEX_KEY", "AUDIT_KEY", "PUBLIC_URL",
    "SMS_PROVIDER", "SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET",
)  # fmt: skip
OWN = {"secret_key", "encryption_key", "index_key", "audit_key", "backup_key"}
"""What development makes for itself."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A bare environment with an instance folder of its own."""
    return {"INSTANCE_PATH": str(tmp_path / "instance")}


@pytest.mark.parametrize("lacking", NEEDED)
@pytest.mark.parametrize("value", [None, "", "  ", ","])
def test_production_refuses_to_start_without_each_of_its_settings(
    environ: dict[str, str], lacking: str, value: str | None
) -> None:
    given = {**environ, **PRODUCTION}
    del given[lacking]
    if value is not None:
        given[lacking] = value
    with pytest.raises(Misconfigured, match=f"生产环境缺少环境变量：{lacking}$"):
        load(given)


def test_production_names_everything_that_lacks_at_once(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as refused:
        load({**environ, "APP_ENV": "production"})
    assert str(refused.value) == "生产环境缺少环境变量：" + "、".join(NEEDED)
    assert not Path(environ["INSTANCE_PATH"]).exists()


def test_production_refuses_to_print_its_messages(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="SMS_PROVIDER 不能是 console"):
        load({**environ, **PRODUCTION, "SMS_PROVIDER": "console"})


def test_tencent_needs_its_application_besides(environ: dict[str, str]) -> None:
    settings = {**environ, **PRODUCTION, "SMS_PROVIDER": "tencent"}
    with pytest.raises(Misconfigured, match=r"生产环境缺少环境变量：SMS_SDK_APP_ID$"):
        load(settings)
    assert load({**settings, "SMS_SDK_APP_ID": "1400006666"})["SMS_SDK_APP_ID"] == "1400006666"


def test_a_provider_needs_its_credentials_everywhere(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=r"^缺少环境变量：SMS_ACCESS_KEY_ID、SMS_ACCESS_KEY_SECRET$"):
        load({**environ, "SMS_PROVIDER": "aliyun"})


def test_an_unknown_provider_is_none(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="只能是 console、aliyun、tencent，不能是 'huawei'"):
        load({**environ, "SMS_PROVIDER": "huawei"})


@pytest.mark.parametrize("seconds", ["0", "31", "-1", "1.5", "ten", "９"])
def test_a_provider_is_waited_for_within_bounds(environ: dict[str, str], seconds: str) -> None:
    assert load(environ)["SMS_TIMEOUT_SECONDS"] == 10
    assert load({**environ, "SMS_TIMEOUT_SECONDS": "30"})["SMS_TIMEOUT_SECONDS"] == 30
    with pytest.raises(Misconfigured, match="SMS_TIMEOUT_SECONDS"):
        load({**environ, "SMS_TIMEOUT_SECONDS": seconds})


def test_a_replica_is_of_postgresql(environ: dict[str, str]) -> None:
    assert load(environ)["DATABASE_REPLICA_URL"] == ""
    both = {**environ, **PRODUCTION, "DATABASE_REPLICA_URL": "postgres://registry@replica/registry"}
    assert load(both)["DATABASE_REPLICA_URL"] == "postgresql+psycopg://registry@replica/registry"
    for one in ({"DATABASE_URL": "sqlite:///registry.db"}, {"DATABASE_REPLICA_URL": "sqlite:///copy.db"}):
        with pytest.raises(Misconfigured, match="DATABASE_REPLICA_URL 是 PostgreSQL 的只读副本"):
            load({**both, **one})
    with pytest.raises(Misconfigured, match="DATABASE_REPLICA_LAG_SECONDS"):
        load({**both, "DATABASE_REPLICA_LAG_SECONDS": "1"})


@pytest.mark.parametrize("endpoint", ["http://10.0.0.5", "ftp://10.0.0.5"])
def test_messages_go_over_https_in_production(environ: dict[str, str], endpoint: str) -> None:
    for good in ("", "sms.internal.example", "https://10.0.0.5:8443"):
        assert load({**environ, **PRODUCTION, "SMS_ENDPOINT": good})["SMS_ENDPOINT"] == good
    with pytest.raises(Misconfigured, match="SMS_ENDPOINT 须为 https"):
        load({**environ, **PRODUCTION, "SMS_ENDPOINT": endpoint})
    assert load({**environ, "SMS_ENDPOINT": "http://127.0.0.1:9000"})["SMS_ENDPOINT"] == "http://127.0.0.1:9000"


def test_what_is_not_set_of_messages_and_scanner_has_its_default(environ: dict[str, str]) -> None:
    settings = load(environ)
    assert (settings["SMS_PROVIDER"], settings["SMS_SIGN_NAME"]) == ("console", "应急管理专家库")
    assert settings["SMS_ENDPOINT"] == settings["CLAMD_ADDRESS"] == ""


def test_no_application_is_made_in_production_without_its_settings(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environ, "APP_ENV": "production"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured):
        create_app()


def test_production_is_strict(environ: dict[str, str]) -> None:
    settings = load({**environ, **PRODUCTION})
    assert settings["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_NAME"] == "__Host-session"
    assert (
        settings["TRUSTED_HOSTS"] == settings["FAB_SAFE_REDIRECT_HOSTS"] == ["zj.example.gov.cn", "www.example.gov.cn"]
    )
    assert settings["RATELIMIT_ENABLED"]
    assert list(Path(settings["INSTANCE_PATH"]).iterdir()) == []


def test_an_unknown_environment_is_none(environ: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="'prod'"):
        load({**environ, "APP_ENV": "prod"})


def test_development_makes_its_own_and_keeps_it(environ: dict[str, str]) -> None:
    first, second = load(environ), load(environ)
    assert first["APP_ENV"] == "development"
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "INDEX_KEY"):
        assert first[name] == second[name]
    assert len(first["SECRET_KEY"]) == 64
    instance = Path(environ["INSTANCE_PATH"])
    assert first["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{instance / 'registry.db'}"
    assert first["STORAGE_PATH"] == str(instance / "files")
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in instance.iterdir()} == dict.fromkeys(OWN, 0o600)


def test_secrets_of_two_installations_differ(tmp_path: Path) -> None:
    one, two = (load({"INSTANCE_PATH": str(tmp_path / name)}) for name in ("one", "two"))
    assert (
        len({settings[name] for settings in (one, two) for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "INDEX_KEY")}) == 6
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENCRYPTION_KEYS", "1:short"),
        ("ENCRYPTION_KEYS", "0:" + base64.b64encode(b"e" * 32).decode()),
        ("ENCRYPTION_KEYS", "1:" + base64.b64encode(b"i" * 32).decode()),
        ("INDEX_KEY", "!!!"),
        ("ENCRYPTION_ALGORITHM", "DES"),
    ],
)
def test_no_application_is_made_with_keys_that_are_none(tmp_path: Path, name: str, value: str) -> None:
    keys = {"ENCRYPTION_KEYS": PRODUCTION["ENCRYPTION_KEYS"], "INDEX_KEY": PRODUCTION["INDEX_KEY"], name: value}
    with pytest.raises(Misconfigured, match=name) as refused:
        create_app({**load({"INSTANCE_PATH": str(tmp_path)}), **keys})
    assert value not in str(refused.value) or name == "ENCRYPTION_ALGORITHM"


def test_processes_that_start_together_agree_on_the_secret(environ: dict[str, str]) -> None:
    """``make run`` starts the server and the worker at the same moment."""
    with ThreadPoolExecutor(8) as pool:
        found = {settings["SECRET_KEY"] for settings in pool.map(load, [environ] * 8)}
    assert len(found) == 1
    assert len(found.pop()) == 64


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://u:p@host/db", "postgresql+psycopg://u:p@host/db"),
        ("postgresql://u@host:5433/db?sslmode=require", "postgresql+psycopg://u@host:5433/db?sslmode=require"),
        ("postgresql+psycopg://u@host/db", "postgresql+psycopg://u@host/db"),
        ("sqlite:////var/lib/registry.db", "sqlite:////var/lib/registry.db"),
    ],
)
def test_postgresql_is_reached_by_psycopg_3_however_it_is_written(
    environ: dict[str, str], written: str, used: str
) -> None:
    assert load({**environ, "DATABASE_URL": written})["SQLALCHEMY_DATABASE_URI"] == used


def test_doors_of_flask_appbuilder_are_shut_in_every_environment(environ: dict[str, str]) -> None:
    for env in (environ, {**environ, "APP_ENV": "test"}, {**environ, **PRODUCTION}):
        settings = load(env)
        shut = ("FAB_CREATE_DB", "FAB_UPDATE_PERMS", "FAB_ADD_SECURITY_API", "FAB_ADD_MENU_API", "FAB_API_SWAGGER_UI")
        assert {name: settings[name] for name in shut} == dict.fromkeys(shut, False)
        assert settings["SESSION_COOKIE_HTTPONLY"]
        assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"


IDENTITY = {
    "SESSION_IDLE_MINUTES": 30, "SESSION_ABSOLUTE_HOURS": 8, "PASSWORD_MIN_STAFF": 10, "PASSWORD_MIN_EXPERT": 10,
}  # fmt: skip


def test_production_asks_more_of_staff_than_development(environ: dict[str, str]) -> None:
    development, production = load(environ), load({**environ, **PRODUCTION})
    for settings in (development, production):
        assert {name: settings[name] for name in IDENTITY} == IDENTITY
    assert (development["PASSWORD_MAX_AGE_DAYS"], development["TOTP_REQUIRED"]) == (0, False)
    assert (production["PASSWORD_MAX_AGE_DAYS"], production["TOTP_REQUIRED"]) == (90, True)
    relaxed = load({**environ, **PRODUCTION, "PASSWORD_MAX_AGE_DAYS": "0", "TOTP_REQUIRED": "0"})
    assert (relaxed["PASSWORD_MAX_AGE_DAYS"], relaxed["TOTP_REQUIRED"]) == (0, False)
    assert load({**environ, "TOTP_REQUIRED": "1"})["TOTP_REQUIRED"]


def test_sessions_last_as_long_as_is_set(environ: dict[str, str]) -> None:
    settings = load({**environ, "SESSION_IDLE_MINUTES": "15", "SESSION_ABSOLUTE_HOURS": "4"})
    assert (settings["SESSION_IDLE_MINUTES"], settings["SESSION_ABSOLUTE_HOURS"]) == (15, 4)
    assert settings["PERMANENT_SESSION_LIFETIME"].total_seconds() == 4 * 3600


@pytest.mark.parametrize("name", [*IDENTITY, "PASSWORD_MAX_AGE_DAYS"])
@pytest.mark.parametrize("value", ["-1", "ten", "1.5", "9999999", "²"])
def test_a_number_that_is_none_is_refused_by_name(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        load({**environ, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("SESSION_IDLE_MINUTES", "0"), ("SESSION_ABSOLUTE_HOURS", "0"), ("PASSWORD_MIN_STAFF", "7"), ("PASSWORD_MIN_EXPERT", "7")],
)  # fmt: skip
def test_what_would_be_unsafe_is_refused(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name} 应为不小于"):
        load({**environ, name: value})


@pytest.mark.parametrize(
    "url", ["http://zj.example.gov.cn", "zj.example.gov.cn", "https://", "https://a?b=c", "https://" + "a" * 80]
)
def test_the_address_in_every_qr_code_is_one_that_people_can_open(environ: dict[str, str], url: str) -> None:
    for good in ("https://zj.example.gov.cn", "https://zj.example.gov.cn:8443/registry/"):
        assert load({**environ, **PRODUCTION, "PUBLIC_URL": good})["PUBLIC_URL"] == good.rstrip("/")
    with pytest.raises(Misconfigured, match="PUBLIC_URL 须为"):
        load({**environ, **PRODUCTION, "PUBLIC_URL": url})
    assert load({**environ, "PORT": "8090"})["PUBLIC_URL"] == "http://127.0.0.1:8090"


@pytest.mark.parametrize(
    ("given", "queue"),
    [
        ({}, ""),
        ({"RATELIMIT_STORAGE_URI": "memory://"}, ""),
        ({"RATELIMIT_STORAGE_URI": "redis://cache:6379/0"}, "redis://cache:6379/0"),
        ({"RATELIMIT_STORAGE_URI": "redis://cache:6379/0", "WORKER_QUEUE_URI": "rediss://q:1/2"}, "rediss://q:1/2"),
        ({"RATELIMIT_STORAGE_URI": "redis+cluster://cache:7000"}, ""),
    ],
)
def test_the_worker_is_woken_by_the_redis_of_the_limits_unless_another_is_named(
    environ: dict[str, str], given: dict[str, str], queue: str
) -> None:
    assert load({**environ, **given})["WORKER_QUEUE_URI"] == queue


@pytest.mark.parametrize(
    ("name", "value"), [("WORKER_QUEUE_URI", "amqp://q"), ("DAILY_WORK_HOUR", "24"), ("DAILY_WORK_HOUR", "-1")]
)
def test_a_worker_that_could_not_work_is_refused(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        load({**environ, name: value})


def test_reminders_are_days_the_most_first(environ: dict[str, str]) -> None:
    assert load(environ)["CERTIFICATE_REMINDERS"] == (90, 30, 7)
    assert load({**environ, "CERTIFICATE_REMINDERS": " 15, 60,15"})["CERTIFICATE_REMINDERS"] == (60, 15)


@pytest.mark.parametrize("value", ["30,,7", "0", "1000", "-7", "三十", "²"])
def test_reminders_that_are_no_days_are_refused(environ: dict[str, str], value: str) -> None:
    with pytest.raises(Misconfigured, match="CERTIFICATE_REMINDERS 应为"):
        load({**environ, "CERTIFICATE_REMINDERS": value})
