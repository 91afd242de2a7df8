"""A device in words that its owner knows."""

from __future__ import annotations

import pytest

from app.domain.device import device_of


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit Mobile MicroMessenger/8.0.44", "微信 · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; ALN-AL00) AppleWebKit Chrome/114 HuaweiBrowser/15.0 Mobile Safari", "华为浏览器 · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Linux"),
        ("Mozilla/5.0 (X11; Linux aarch64; UOS) AppleWebKit Chrome/108 Safari", "Chrome · 统信"),
        ("curl/8.0", "未知浏览器 · 未知系统"),
        ("", "未知浏览器 · 未知系统"),
        ("<script>" * 1000, "未知浏览器 · 未知系统"),
    ],
)  # fmt: skip
def test_a_device_in_words(header: str, words: str) -> None:
    assert device_of(header) == words
