"""What the dearest pictures that are let in cost: under 2 s of work and 200 MB of memory each."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

PROJECT = Path(__file__).parents[2]


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


# A fresh process: memory that this one has freed and kept would hide what is used. It gets an empty
# package for ``app``, as importing the whole application takes longer than the test.
MEASURE = """
import re, sys, time, types
sys.modules["app"] = types.ModuleType("app")
sys.modules["app"].__path__ = ["app"]
from app.adapters import filetype
def peak():
    # Not ru_maxrss, which a process inherits from the one that started it.
    return int(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1]) / 1024
data = sys.stdin.buffer.read()
before, start = peak(), time.process_time()
getattr(filetype, sys.argv[1])(data, sys.argv[2])
print(peak() - before, time.process_time() - start)
"""


def cost(function: str, data: bytes, name: str) -> tuple[float, float]:
    """Megabytes by which memory grew at its peak, and seconds of work."""
    command = [sys.executable, "-c", MEASURE, function, name]
    done = subprocess.run(command, input=data, cwd=PROJECT, capture_output=True, check=True, timeout=60)
    megabytes, seconds = done.stdout.split()
    return float(megabytes), float(seconds)


def large(width: int, height: int, mode: str) -> Image.Image:
    """Neither flat nor random: about as hard to pack as a photograph."""
    tile = Image.merge(mode, [Image.effect_noise((500, 500), 20) for _ in mode])
    return tile.resize((width, height), Image.Resampling.BILINEAR)


WORST_CASES: dict[str, Callable[[], bytes]] = {
    "largest jpeg": lambda: encoded(large(8000, 5000, "RGB"), exif=turned()),
    "largest upright jpeg kept whole": lambda: encoded(large(4000, 4000, "RGB"), exif=turned()),
    "largest progressive jpeg": lambda: encoded(
        large(4000, 4000, "RGB"), progressive=True, subsampling=0, exif=turned()
    ),
    "largest transparent png": lambda: encoded(
        Image.new("RGBA", (4000, 4000), (9, 9, 9, 99)), "PNG", compress_level=1, exif=turned()
    ),
    "largest png kept whole": lambda: encoded(large(3000, 3000, "RGB"), "PNG", compress_level=1, exif=turned()),
    "largest grey png": lambda: encoded(Image.new("L", (8000, 5000), 9), "PNG", compress_level=1, exif=turned()),
}


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("case", "use"),
    [
        *((case, "attachment") for case in WORST_CASES),
        ("largest jpeg", "photo"),
        ("largest transparent png", "photo"),
    ],
)
def test_worst_pictures_stay_below_2_s_and_200_mb(case: str, use: str) -> None:
    name = "a.png" if "png" in case else "a.jpg"
    megabytes, seconds = cost(f"inspect_{use}", WORST_CASES[case](), name)
    assert 5 < megabytes < 200
    assert seconds < 2
