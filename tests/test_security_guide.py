"""The pages on security say nothing that is not there: each test, file and setting that they name exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from config import load

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("security.md", "security-asvs.md", "security-dengbao.md")
FEWEST_TESTS = {"security.md": 60, "security-asvs.md": 80, "security-dengbao.md": 30}


def _text(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_named_exists(page: str) -> None:
    named = set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", _text(page)))
    assert len(named) >= FEWEST_TESTS[page]
    there = {(file, test) for file, test in named if (ROOT / file).is_file() and test in _tests_in(ROOT / file)}
    assert sorted(named - there) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_named_exists(page: str) -> None:
    named = set(re.findall(r"`((?:app|docs|tests)/[\w/.]+)`", _text(page)))
    named |= {f"docs/{link}" for link in re.findall(r"\]\(([\w.-]+\.md)\)", _text(page))}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_named_exists(page: str, tmp_path: Path) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PROXIES)`", _text(page)))
    known = {*load({"INSTANCE_PATH": str(tmp_path)}), "DATABASE_URL"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert named
    assert [name for name in sorted(named) if name not in known or f"`{name}`" not in readme] == []


def test_the_readme_leads_to_each_page_in_both_languages() -> None:
    chinese, english = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## English\n")
    for page in PAGES:
        assert f"docs/{page}" in chinese
        assert f"docs/{page}" in english
