"""What people do, for locust: an expert, a reviewer, a filer, and somebody who looks things up.

Run by ``benchmarks.load``, which has logged everybody in. ``LOAD_PEOPLE`` names a JSON file with a list of ``role``,
``session`` (the cookie) and ``address``; ``LOAD_THINK`` the shortest and the longest pause, in seconds.
"""

from __future__ import annotations

import json
import os
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locust import HttpUser, between, task

PEOPLE = json.loads(Path(os.environ["LOAD_PEOPLE"]).read_text(encoding="ascii"))
SHORTEST, LONGEST = (float(part) for part in os.environ.get("LOAD_THINK", "5,15").split(","))
NAMES = ("王", "李建", "张国", "建国", "杨", "明华")
EMPLOYERS = ("勘察", "医院", "化工", "气象")
SECONDS = 30
LOCKED = "/my/changes/new"
"""Where the page of a profile leads once a department has approved: nothing is saved from then on (R10), and who is
typing at that moment is told so."""


def how_many(role: str) -> int:
    """People in that role."""
    return sum(person["role"] == role for person in PEOPLE)


class FormReader(HTMLParser):
    """The forms of a page: to each address what its fields hold, and of each group of radios the first value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.radios: dict[str, str] = {}
        self._open: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a browser would send."""
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "form":
            self._open = self.forms.setdefault(given.get("action", ""), {})
        elif tag == "input" and name and kind == "radio":
            self.radios.setdefault(name, given.get("value", ""))
        if tag == "input" and name and (kind not in ("radio", "checkbox", "file", "submit") or "checked" in given):
            self._open[name] = given.get("value", "")
        elif tag == "textarea":
            self._area, self._open[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._open[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """A text ends, or a list of choices."""
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        """What stands in a text."""
        if self._area:
            self._open[self._area] += data


class Person(HttpUser):
    """Somebody at an address of their own, who reads a page before asking for the next."""

    abstract = True
    role = ""
    wait_time = between(SHORTEST, LONGEST)

    def on_start(self) -> None:
        """Takes the next of the sessions."""
        given = PEOPLE.pop(next(n for n, person in enumerate(PEOPLE) if person["role"] == self.role))
        host = urlsplit(self.host).hostname
        self.client.cookies.set("session", given["session"], domain=host, path="/")
        self.client.headers["X-Forwarded-For"] = given["address"]

    def page(self, path: str, name: str = "") -> str:
        """A page; "" where it is a failure."""
        return self._judged("GET", path, name or path)

    def submit(self, path: str, name: str, form: dict[str, str]) -> str:
        """Sends a form, and follows to where it leads."""
        return self._judged("POST", path, name, data=form)

    def _judged(self, method: str, path: str, name: str, **given: Any) -> str:
        with self.client.request(
            method, path, name=f"{method} {name}", timeout=SECONDS, catch_response=True, **given
        ) as response:
            landed = urlsplit(response.url).path
            if method == "GET" and response.ok and landed != urlsplit(path).path:
                # A login that is over, a consent that is due: not what was asked for.
                response.failure(f"led to {landed}")
            elif method == "POST" and response.status_code == 422 and LOCKED in response.text:
                response.success()
            return str(response.text) if response.ok else ""

    def one_of(self, page: str, view: str) -> str:
        """The id of some row that a list leads to; "" where it is empty."""
        return random.choice(re.findall(rf'href="/{view}/show/(\d+)', page) or [""])  # nosec B311


class Expert(Person):
    """Reads what has become of the applications, and writes on the profile."""

    role = "expert"
    fixed_count = how_many("expert")

    @task(5)
    def look(self) -> None:
        """What most come for."""
        self.page("/my/")
        self.page("/my/applications")

    @task(2)
    def certificates(self) -> None:
        """One's own."""
        self.page("/my/certificates")

    @task(1)
    def notices(self) -> None:
        """The bell."""
        self.page("/notices/")

    @task(1)
    def manual(self) -> None:
        """Help."""
        self.page("/help/expert")

    @task(2)
    def write(self) -> None:
        """Types for a while, which is kept by itself, and saves; not where the profile is locked."""
        page = self.page("/my/profile")
        form = next((form for form in FormReader(page).forms.values() if "employer" in form), None)
        if form is None or LOCKED in page:
            return
        for _ in range(2):
            self.wait()
            form["employer"] = f"云南省{random.choice(EMPLOYERS)}研究院"  # nosec B311
            self.submit("/my/draft/profile", "/my/draft/profile", form)
        self.submit("/my/profile", "/my/profile", form)


class Official(Person):
    """Comes in by the desk."""

    abstract = True
    inbox = ""

    def case(self) -> tuple[str, str]:
        """Some case of the inbox and its page; ("", "") where none waits."""
        self.page("/desk/")
        self.wait()
        case = self.one_of(self.page(f"/{self.inbox}/list/"), self.inbox)
        self.wait()
        return (case, self.page(f"/{self.inbox}/show/{case}", f"/{self.inbox}/show/<id>")) if case else ("", "")


class Reviewer(Official):
    """Reads cases; approves one of three."""

    role, inbox = "reviewer", "review"
    fixed_count = how_many("reviewer")

    @task
    def review(self) -> None:
        """One case."""
        case, page = self.case()
        read = FormReader(page)
        form = read.forms.get(f"/review/decide/{case}")
        if form is None or random.random() > 1 / 3:  # nosec B311
            return
        self.wait()
        chosen = {"outcome": "approve", "term": "5", "appointing_body": read.radios["appointing_body"]}
        self.submit(f"/review/decide/{case}", "/review/decide/<id>", {**form, **chosen})


class Filer(Official):
    """Files one case of two, which makes a certificate."""

    role, inbox = "filer", "filing"
    fixed_count = how_many("filer")

    @task
    def file(self) -> None:
        """One case."""
        case, page = self.case()
        form = FormReader(page).forms.get(f"/filing/action/file/{case}")
        if form is not None and random.random() < 1 / 2:  # nosec B311
            self.wait()
            self.submit(f"/filing/action/file/{case}", "/filing/action/file/<id>", form)


class Viewer(Person):
    """Looks people up, and looks at figures."""

    role = "viewer"
    fixed_count = how_many("viewer")

    @task(4)
    def people(self) -> None:
        """A list, narrowed, and somebody of it."""
        page = self.page("/expert/list/")
        self.wait()
        name = random.choice(NAMES)  # nosec B311
        page = self.page(f"/expert/list/?name={name}", "/expert/list/?name=<name>") or page
        if expert := self.one_of(page, "expert"):
            self.wait()
            self.page(f"/expert/show/{expert}", "/expert/show/<id>")

    @task(2)
    def search(self) -> None:
        """What the field at the top offers while one types."""
        name = random.choice(NAMES)  # nosec B311
        self.page(f"/search/suggest?q={name}", "/search/suggest?q=<name>")
        self.page(f"/search/?q={name}", "/search/?q=<name>")

    @task(1)
    def cases(self) -> None:
        """The records."""
        self.page("/application/list/")
        self.page("/certificates/list/")

    @task(1)
    def figures(self) -> None:
        """统计分析."""
        self.page("/statistics/")
