"""A session as a clinician makes it in a browser, step by step: started, charted, given, reviewed, signed, printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from clinic.domain.injections import Answer as Said
from clinic.domain.injections import Question
from tests.bench.browsers import Answer, Browser
from tests.charting import SAFE
from tests.factories import PASSWORD

_VERSION = re.compile(r'name="edit_version" value="(\d+)"')
_SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')
POINTS = tuple((-345 + 12 * column, 729 - 30 * row) for row in range(5) for column in range(5))
"""25 free places on the face, in the drawing's own measure."""


class Refused(AssertionError):
    """The server did not do what was asked."""


@dataclass
class Session:
    """One draft of one patient, seen from the browser."""

    browser: Browser
    patient_id: str
    visit_id: str = ""
    syringe_id: str = ""
    version: int = 0
    sites: list[str] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The address of its chart."""
        return f"/visits/{self.visit_id}"

    def start(self, vial_id: str) -> None:
        """Start the draft and draw from a vial."""
        answer = _well(self.browser.send(f"/patients/{self.patient_id}/visits", {}), 302)
        self.visit_id = answer.location.rstrip("/").split("/visits/")[1].split("/")[0]
        self.open()
        self.take(self.change("/syringes", {"vial_id": vial_id}))

    def open(self) -> Answer:
        """Open the chart."""
        answer = _well(self.browser.get(self.page))
        found = _VERSION.search(answer.text)
        if found:
            self.version = int(found[1])
        return answer

    def take(self, answer: Answer) -> None:
        """Take over the chart's state as its script does."""
        state = _well(answer).data
        self.version = state["edit_version"]
        self.sites = [site["id"] for site in state.get("sites", [])] or self.sites
        if state.get("syringes"):
            self.syringe_id = state["syringes"][0]["id"]

    def change(self, address: str, values: dict[str, Any]) -> Answer:
        """Save one change of the draft as the chart's script does."""
        return self.browser.send(f"{self.page}{address}", self.fields(values), as_json=True)

    def fields(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values with the version that they are about."""
        return {"edit_version": self.version} | values

    def site(self, number: int, units: str = "2.5") -> dict[str, Any]:
        """The fields of a new site on a free place."""
        x, y = POINTS[number % len(POINTS)]
        return {"x": str(x), "y": str(y), "units": units, "syringe_id": self.syringe_id}

    def answer_all(self) -> None:
        """Answer every question harmlessly and record consent."""
        answers = {question.value: SAFE.get(question, Said.NO).value for question in Question}
        self.take(self.change("/answers", answers))
        self.take(self.change("/consent", {"consent": "Off-label use explained and agreed"}))

    def give(self) -> None:
        """Prepare, take the time-out, give every site and settle."""
        self.time_out()
        self.refresh()
        self.take(self.change("/give", {"site": self.sites}))
        self.step("/settle", {})

    def time_out(self) -> None:
        """Prepare and take the time-out."""
        self.step("/prepare", {})
        shown = _SHOWN.search(_well(self.browser.get(f"{self.page}/time-out")).text)
        assert shown is not None
        taken = {"shown": shown[1], "initials": "MK", "birth_year": "1979", "read_aloud": "y"}
        self.step("/time-out", taken)

    def refresh(self) -> None:
        """Read the chart's state again."""
        self.take(self.browser.get(f"{self.page}/chart.json"))

    def step(self, address: str, values: dict[str, Any]) -> None:
        """Take one of the session's steps on its page."""
        self.refresh()
        _well(self.browser.send(f"{self.page}{address}", self.fields(values)), 302)

    def review(self) -> dict[str, Any]:
        """Open the review page, saying that nothing adverse happened; gives the fields that sign what is shown."""
        self.step("/adverse-event", {"happened": "no"})
        page = _well(self.browser.get(f"{self.page}/review")).text
        shown, version = _SHOWN.search(page), _VERSION.search(page)
        assert shown is not None
        assert version is not None
        return {"shown": shown[1], "edit_version": version[1], "password": PASSWORD}

    def sign(self, fields: dict[str, Any]) -> Answer:
        """Sign what the review page showed."""
        return _well(self.browser.send(f"{self.page}/review", fields), 302)

    def print(self) -> Answer:
        """Print the summary."""
        return _well(self.browser.get(f"{self.page}/summary.pdf"))


def _well(answer: Answer, *also: int) -> Answer:
    if answer.status not in (200, *also):
        raise Refused(f"{answer.status}: {answer.text[:400]}")
    return answer
