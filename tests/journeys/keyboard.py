"""Somebody without a mouse: keys alone, and at each stop a look at where the focus is."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import FileChooser, Page

STOPS_AT_MOST = 150
WHERE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nowhere";
  const name = at.id || at.name || at.textContent.trim().slice(0, 30) || at.tagName;
  // What takes the focus only to be read is no stop of the Tab key.
  if (at.tabIndex < 0) return "";
  const style = getComputedStyle(at);
  if (style.outlineStyle === "none" || !parseFloat(style.outlineWidth)) return name + ": cannot be seen";
  const box = at.getBoundingClientRect(), x = box.x + box.width / 2;
  const open = [0.2, 0.5, 0.8].some(part => {
    const top = document.elementFromPoint(x, box.y + part * box.height);
    return top && (top === at || at.contains(top) || top.contains(at) || (at.labels && [...at.labels].some(one => one.contains(top))));
  });
  return open ? "" : name + ": lies under something else";
}"""


class Keyboard:
    """Keys pressed on ``page``; ``wrong`` is each stop at which the focus was lost, hidden or not to be seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.wrong = page, list[str]()
        # From now on no chooser opens a window of its own. Asked for only when a key is about to open one, on a busy
        # machine that may come after the key.
        page.on("filechooser", lambda _: None)

    def press(self, key: str, times: int = 1) -> None:
        """A key."""
        for _ in range(times):
            self.page.keyboard.press(key)

    def to(self, selector: str, key: str = "Tab") -> None:
        """Goes on by Tab, or back by Shift+Tab, until the focus stands on what ``selector`` selects."""
        for _ in range(STOPS_AT_MOST):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.press(key)
            self.look()
        raise AssertionError(f"{selector} is not reached by {key} on {self.page.url}")

    def look(self) -> None:
        """Where the focus is now."""
        if problem := self.page.evaluate(WHERE):
            self.wrong.append(f"{self.page.url}: {problem}")

    def skip(self) -> None:
        """Past the menu: the first link of every page."""
        self.to(".skip-link")
        self.press("Enter")
        self.page.wait_for_function("document.activeElement.id === 'main'")

    def fill(self, selector: str, text: str) -> None:
        """Types into a box, in the place of what stands there."""
        self.to(selector)
        self.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, option: str) -> None:
        """An option of a closed list, arrow by arrow."""
        self.to(selector)
        for _ in range(STOPS_AT_MOST):
            if self.page.evaluate("document.activeElement.selectedOptions[0].text") == option:
                return
            self.press("ArrowDown")
        raise AssertionError(f"{option} is not in {selector}")

    def look_up(self, selector: str, typed: str) -> None:
        """The first of what a box that asks the server finds."""
        self.fill(selector, typed)
        self.page.wait_for_selector(f"{selector}-list [data-value]")
        self.press("ArrowDown")
        self.press("Enter")
        self.look()

    def date(self, selector: str, year: str, month: str, day: str) -> None:
        """A day, part by part, in the order of the browser's own language."""
        self.to(selector)
        for parts in ((year, month, day), (month, day, year), (day, month, year)):
            self.press("ArrowLeft", 2)
            self.page.keyboard.type("".join(parts))
            if self.page.evaluate("document.activeElement.value") == f"{year}-{month}-{day}":
                return
        raise AssertionError(f"{selector} does not take {year}-{month}-{day}")

    def upload(self, selector: str, path: str) -> None:
        """A file, by the chooser that Space opens."""
        self.to(selector)
        with self.page.expect_file_chooser() as opened:
            self.press("Space")
        chooser: FileChooser = opened.value
        chooser.set_files(path)

    def go(self, selector: str, path: str) -> None:
        """Enter on a link or button that leads to another page: ``path`` is a pattern of its path."""
        self.to(selector)
        self.press("Enter")
        self.page.wait_for_url(lambda url: re.fullmatch(path, urlsplit(url).path) is not None)
