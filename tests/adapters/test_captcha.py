"""R21: the slider puzzle can be solved by eye, differs each time, is small, and does not carry its answer."""

from __future__ import annotations

import io
import statistics
import time

import pytest
from PIL import Image, ImageChops, ImageStat

from app.adapters.captcha import TOLERANCE, Captcha, FakeCaptcha, PillowCaptcha, Puzzle


def opened(puzzle: Puzzle) -> tuple[Image.Image, Image.Image]:
    return Image.open(io.BytesIO(puzzle.background)), Image.open(io.BytesIO(puzzle.piece))


def brightness(puzzle: Puzzle, x: int, *, inside: bool) -> float:
    """How bright the background is at ``x`` inside the piece's own shape, or in the corners around it."""
    background, piece = opened(puzzle)
    part = background.convert("L").crop((x, puzzle.y, x + puzzle.size, puzzle.y + puzzle.size))
    mask = piece.getchannel("A").point([255 * ((value > 250) is inside) for value in range(256)])
    return ImageStat.Stat(part, mask).mean[0]


def test_pictures_are_what_the_puzzle_says() -> None:
    puzzle = PillowCaptcha().make_puzzle()
    background, piece = opened(puzzle)
    assert (background.format, background.size) == ("JPEG", (puzzle.width, puzzle.height))
    assert (piece.format, piece.size, piece.mode) == ("PNG", (puzzle.size, puzzle.size), "RGBA")


def test_notch_stands_out_in_the_shape_of_the_piece() -> None:
    for _ in range(60):
        puzzle = PillowCaptcha().make_puzzle()
        inside = brightness(puzzle, puzzle.x, inside=True)
        assert inside < 0.9 * brightness(puzzle, puzzle.x, inside=False)


def test_notch_lies_wholly_inside_and_clear_of_the_start() -> None:
    captcha = PillowCaptcha()
    for _ in range(200):
        puzzle = captcha.make_puzzle()
        assert puzzle.size < puzzle.x <= puzzle.width - puzzle.size
        assert 0 <= puzzle.y <= puzzle.height - puzzle.size


def test_positions_and_pictures_vary() -> None:
    puzzles = [PillowCaptcha().make_puzzle() for _ in range(60)]
    assert len({puzzle.x for puzzle in puzzles}) > 30
    assert len({puzzle.background for puzzle in puzzles}) == 60
    first, second = (opened(puzzle)[0].convert("RGB") for puzzle in puzzles[:2])
    assert statistics.mean(ImageStat.Stat(ImageChops.difference(first, second)).mean) > 3


def test_nothing_is_hidden_under_the_piece_s_transparency() -> None:
    _, piece = opened(PillowCaptcha().make_puzzle())
    clear = {pixel[:3] for pixel in piece.get_flattened_data() if isinstance(pixel, tuple) and pixel[3] == 0}
    assert clear == {(0, 0, 0)}


def test_answer_is_not_shown_by_repr() -> None:
    assert "x=" not in repr(PillowCaptcha().make_puzzle())


def test_fits_within_tolerance_on_both_sides_and_no_further() -> None:
    captcha = PillowCaptcha()
    near = [offset for offset in range(-20, 21) if captcha.fits(150 + offset, 150)]
    assert near == list(range(-TOLERANCE, TOLERANCE + 1))
    assert not captcha.fits(-(10**9), 150)


def test_puzzle_is_quick_and_small() -> None:
    captcha = PillowCaptcha()
    times, sizes = [], []
    for _ in range(40):
        start = time.process_time()
        puzzle = captcha.make_puzzle()
        times.append(time.process_time() - start)
        sizes.append(len(puzzle.background) + len(puzzle.piece))
    assert statistics.median(times) < 0.005
    assert max(sizes) <= 40_000


@pytest.mark.parametrize("captcha", [PillowCaptcha(), FakeCaptcha()])
def test_both_keep_the_protocol(captcha: Captcha) -> None:
    puzzle = captcha.make_puzzle()
    assert captcha.fits(puzzle.x, puzzle.x)
    assert not captcha.fits(puzzle.x + 40, puzzle.x)
    opened(puzzle)[0].load()
    opened(puzzle)[1].load()


def test_fake_has_its_notch_where_it_was_told() -> None:
    assert FakeCaptcha(x=99).make_puzzle().x == 99
