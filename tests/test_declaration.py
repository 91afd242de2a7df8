"""A field is declared once: one line more in the model, and it is in form, ``*``, list, filter, detail, Word and Excel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_new_field_is_one_line(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.support.one_more_field", str(tmp_path)]
    run = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert len(found) == 13
    assert [where for where, there in found.items() if not there] == []
