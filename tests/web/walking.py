"""A session walked through as a browser does it: every step is a posted form of a real page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from clinic.domain.injections import Answer, Question
from tests.charting import SAFE, Charting
from tests.factories import PASSWORD, Client

ANSWERS = {question.value: SAFE.get(question, Answer.NO).value for question in Question}
IDENTIFIERS = {"initials": "M.K.", "birth_year": "1979"}


def value_of(page: str, name: str) -> str:
    """The value of a page's input by its name."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*?value="([^"]*)"', page)
    assert found, f"no input {name}"
    return unescape(found[1])


@dataclass
class Walk:
    """One person's browser at one visit; what stands is read through ``charting``."""

    client: Client
    charting: Charting

    def url(self, step: str = "") -> str:
        """The address of a step of the visit."""
        return f"/visits/{self.charting.visit_id}/{step}"

    def page(self, step: str) -> str:
        """A page of the visit as shown."""
        shown = self.client.get(self.url(step))
        assert shown.status_code == 200, (step, shown.status_code)
        return shown.text

    def send(self, step: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form of the visit with its present edit version, unless ``data`` says another."""
        version = {"edit_version": self.charting.version()}
        return self.client.send(self.url(step), version | (data or {}), **more)

    def done(self, step: str, data: dict[str, Any] | None = None) -> TestResponse:
        """Post a form that is taken."""
        answer = self.send(step, data)
        assert answer.status_code == 302, (step, answer.status_code, answer.text)
        return answer

    def start(self) -> None:
        """Start a visit, and draw from the vial."""
        started = self.client.send(f"/patients/{self.charting.patient_id}/visits", {"on": "", "kind": ""})
        assert started.status_code == 302, started.text
        self.charting.visit_id = started.location.rpartition("/")[2]
        self.done("syringes", {"vial_id": self.charting.vial_id})

    def chart_site(self, **values: str) -> None:
        """Chart one site from the first syringe."""
        syringe = self.charting.record().syringes[0].id
        self.done("sites", {"muscle": "mentalis", "side": "left", "units": "2.5", "syringe_id": syringe} | values)

    def time_out_values(self) -> dict[str, Any]:
        """What the time-out's page sends when everything is right."""
        return IDENTIFIERS | {"shown": value_of(self.page("time-out"), "shown")}

    def give_all(self) -> None:
        """Mark every site given."""
        self.done("give", {"site": [site.id for site in self.charting.record().sites]})

    def signature(self) -> dict[str, Any]:
        """What the review page sends with the right password."""
        return {"shown": value_of(self.page("review"), "shown"), "password": PASSWORD}

    def until_signed(self) -> None:
        """From nothing to a signed visit."""
        self.until_reviewed()
        self.done("review", self.signature())

    def until_reviewed(self) -> None:
        """From nothing to a visit that only has to be signed."""
        self.start()
        self.chart_site(muscle="orbicularis_oculi", sub_site="lateral_orbital_middle")
        self.chart_site()
        self.chart_site(muscle="depressor_labii_inferioris", side="right", units="5")
        self.done("answers", ANSWERS)
        self.done("consent", {"consent": "Off-label use explained and agreed", "consent_by": ""})
        self.done("prepare")
        self.done("time-out", self.time_out_values())
        self.give_all()
        syringe = self.charting.record().syringes[0].id
        self.done("settle", {f"waste:{syringe}": "1.25", f"reason:{syringe}": "left in the needle"})
        self.done("adverse-event", {"happened": "no"})
