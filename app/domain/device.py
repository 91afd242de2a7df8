"""A device in a few words that its owner knows it by: Chrome · Windows."""

from __future__ import annotations

# The first that is found counts: most browsers also name those that they are made from.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ浏览器"),
    ("360SE", "360浏览器"),
    ("360EE", "360浏览器"),
    ("QHBrowser", "360浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("UCBrowser", "UC浏览器"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("Trident", "IE"),
    ("MSIE", "IE"),
)
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("UOS", "统信"),
    ("Kylin", "麒麟"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Browser and system that a User-Agent header names, in at most 20 characters; 未知 for what it does not."""

    def named(known: tuple[tuple[str, str], ...], else_: str) -> str:
        return next((words for mark, words in known if mark in user_agent), else_)

    return f"{named(_BROWSERS, '未知浏览器')} · {named(_SYSTEMS, '未知系统')}"
