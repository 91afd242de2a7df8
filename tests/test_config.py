"""Settings: production starts with its secrets or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import config

SECRETS = {
    "SECRET_KEY": "x" * 40,
    "DATABASE_URL": "postgresql://127.0.0.1/registry",
    "RATELIMIT_STORAGE_URI": "redis://127.0.0.1:6379",
    "TRUSTED_HOSTS": "experts.example.cn",
}


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment with an instance folder of its own."""
    return {"INSTANCE_PATH": str(tmp_path / "instance"), **more}


@pytest.mark.parametrize("missing", SECRETS)
def test_production_refuses_to_start_and_names_what_it_lacks(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(config.Misconfigured, match=missing):
        config.load(environment(tmp_path, APP_ENV="production", **given))


def test_production_with_its_secrets_sends_cookies_over_https_alone(tmp_path: Path) -> None:
    settings = config.load(environment(tmp_path, APP_ENV="production", **SECRETS))
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["TRUSTED_HOSTS"] == ["experts.example.cn"]


def test_development_makes_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    first = config.load(environment(tmp_path))["SECRET_KEY"]
    assert len(first) == 64
    assert config.load(environment(tmp_path))["SECRET_KEY"] == first
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o077 == 0


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(config.Misconfigured, match="APP_ENV"):
        config.load(environment(tmp_path, APP_ENV="prod"))


@pytest.mark.parametrize("written", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d"])
def test_a_postgresql_address_is_taken_however_it_is_written(tmp_path: Path, written: str) -> None:
    settings = config.load(environment(tmp_path, DATABASE_URL=written))
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://h/d"
