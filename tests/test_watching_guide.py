"""What is given to Prometheus, and what the guide says of it, names metrics that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from app import metrics
from app.services import background, figures, jobs
from config import load
from tests.services.test_deploy_check import backed_up
from tests.support.source import ROOT

pytestmark = pytest.mark.one_database

FOLDER = ROOT / "deploy" / "prometheus"
COUNTED = (metrics.REQUESTS, metrics.DURATION, metrics.STATEMENTS, metrics.SLOW)
ENDINGS = re.compile(r"_(bucket|total|count|sum)$")


@pytest.fixture
def known(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Each metric that there is, with the names of its labels."""
    for kept in ("health", "figures"):
        app.extensions.pop(kept, None)
    monkeypatch.setitem(app.config, "INSTANCE_PATH", str(tmp_path))
    backed_up(tmp_path)
    jobs.enrol(background.ALL)
    jobs.look(background.PROMPT)
    found = {figure.name: set(figure.labels) for figure in figures.all_figures()}
    return found | {counter._name: set(counter._labelnames) for counter in COUNTED}


def parsed(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for group in parsed("alerts.yml")["groups"] for rule in group["rules"]]


def named(text: str) -> set[str]:
    return {ENDINGS.sub("", name) for name in re.findall(r"\bregistry_\w+", text)}


def test_every_metric_of_the_rules_exists_with_its_labels(known: dict[str, set[str]]) -> None:
    assert len(rules()) >= 6
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert named(rule["expr"]) <= set(known), rule["alert"]
        for name, labels in re.findall(r"\b(registry_\w+)\{([^}]*)\}", rule["expr"]):
            asked = set(re.findall(r"(\w+)\s*[=!]", labels))
            assert asked <= known[ENDINGS.sub("", name)], rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert re.search("[\u4e00-\u9fff]", rule["annotations"]["summary"])
        used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert used <= set().union(*(known[name] for name in named(rule["expr"])), set()), rule["alert"]


def test_the_scrape_asks_for_the_metrics_and_keeps_the_token_in_a_file() -> None:
    (job,) = parsed("prometheus.yml")["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert set(job["authorization"]) == {"type", "credentials_file"}
    assert parsed("prometheus.yml")["rule_files"] == ["alerts.yml"]
    assert f'job="{job["job_name"]}"' in rules()[0]["expr"]


def test_the_guide_explains_every_metric_and_no_other(known: dict[str, set[str]]) -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = guide.split("| 指标 | 含义 |")[1].split("\n\n")[0]
    assert named(table) == set(known)
    for name, labels in re.findall(r"`(registry_\w+)\{([\w,]+)\}`", table):
        assert set(labels.split(",")) == known[ENDINGS.sub("", name)], name


@pytest.mark.parametrize("name", ["LOG_FORMAT", "ACCESS_LOG", "SLOW_STATEMENT_MS", "METRICS_TOKEN", "DISK_FREE_MB"])
def test_every_setting_stands_in_the_readme_in_both_languages(tmp_path: Path, name: str) -> None:
    assert name in load({"INSTANCE_PATH": str(tmp_path)})
    chinese, english = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## English\n")
    assert f"| `{name}` |" in chinese
    assert f"| `{name}` |" in english
