"""People who chart over HTTP whatever happens to the server: what gets no answer is sent again with its key, as the chart does."""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from typing import Any

from flask import Flask

from clinic.domain.actors import Actor, Role
from clinic.unit_of_work import Work
from tests import factories
from tests.bench.browsers import Answer, OverHttp, Ticket, ticket
from tests.bench.clinician import Refused, Session
from tests.charting import open_vial
from tests.reliability.acknowledged import Sent, Sents

SITES = 4
UNITS = "0.5"
DOCUMENT = "facial-massage"
ASK_AGAIN = 0.2
TOLD = frozenset({200, 302, 303})
WAIT = frozenset({429, 503})
SIGN_IN = 401


class Stopped(Exception):
    """The person was asked to stop."""


@dataclass
class Gate:
    """Open while the server may be asked; ``over`` ends the work."""

    open: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Wait until it is open."""
        while not self.open.wait(ASK_AGAIN):
            if self.over.is_set():
                raise Stopped


@dataclass
class Stubborn:
    """A browser that sends each form until it is answered, always with the same key and the same values."""

    port: int
    sign_in: Callable[[], Ticket]
    user_id: str
    gate: Gate
    sents: Sents
    again: int = 0
    signed_in: int = 0
    link: OverHttp = field(init=False)

    def __post_init__(self) -> None:
        self._sign_in()

    def _sign_in(self) -> None:
        if self.signed_in:
            self.link.close()
        self.link = OverHttp(self.port, self.sign_in())
        self.signed_in += 1

    def get(self, address: str) -> Answer:
        return self._until_answered(lambda: self.link.get(address))

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        key = secrets.token_hex(8)
        keyed = dict(values) | {"idempotency_key": key}
        sent = self.sents.add(Sent(self.user_id, key, address, values))
        answer = self._until_answered(lambda: self.link.repeat(address, self.link.form(keyed), as_json=as_json))
        sent.told = answer.status in TOLD
        return answer

    def search(self, term: str) -> Answer:
        """Search; nothing is saved but that somebody looked."""
        return self._until_answered(
            lambda: self.link.send("/patients/search", {"q": term, "retired": ""}, as_json=True)
        )

    def _until_answered(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            if self.gate.over.is_set():
                raise Stopped
            self.gate.wait()
            with suppress(OSError, HTTPException, EOFError):
                answer = ask()
                if answer.status == SIGN_IN:
                    # A signature gives the browser a new token. Where the kill took that answer, and the server stays
                    # away for longer than the token before is good for, the person signs in again.
                    self._sign_in()
                elif answer.status not in WAIT:
                    return answer
            self.link.close()
            self.again += 1
            time.sleep(ASK_AGAIN)


@dataclass
class Person:
    """Somebody who treats one patient after the other, from the first form to the document that is handed over.

    Each has a vial of their own: a single-dose vial is for one patient.
    """

    actor: Actor
    browser: Stubborn
    vials: tuple[str, ...]
    chance: random.Random
    sessions: int = 0
    wrong: list[str] = field(default_factory=list)

    def work(self) -> None:
        """Treat patients until told to stop."""
        try:
            while self.sessions < len(self.vials):
                self._treat()
                self.sessions += 1
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it was, the test says it
            self.wrong.append(f"{type(error).__name__}: {error}"[:900])
        finally:
            self.browser.link.close()

    def _treat(self) -> None:
        session = charted(self.browser, self._patient(), self.vials[self.sessions])
        prepared(session)
        session.give()
        fields = session.review()
        session.sign(fields)
        session.print()
        handed_over(session)

    def _patient(self) -> str:
        return new_patient(self.browser, "".join(self.chance.choice("abcdefghijklmnop") for _ in range(8)))


def new_patient(browser: Stubborn, name: str) -> str:
    """A new patient with a palsy on the left, whose initials are those of every time-out; gives the id."""
    patient = {
        "family_name": f"K{name}", "given_names": f"M{name[::-1]}", "birth_date": "3 Feb 1979",
        "record_number": name.upper(), "sex": "female",
    }  # fmt: skip
    patient_id = well(browser.send("/patients/new", patient)).location.rstrip("/").rpartition("/")[2]
    condition = {"side": "left", "cause": "Bell's palsy", "onset": "14 Mar 2024"}
    well(browser.send(f"/patients/{patient_id}/conditions/new", condition))
    browser.search(name[:4])
    return patient_id


def charted(browser: Any, patient_id: str, vial_id: str) -> Session:
    """A draft with its sites, placed one by one, and a note that grows."""
    session = Session(browser, patient_id)
    session.start(vial_id)
    plan = ""
    for number in range(SITES):
        session.take(session.change("/sites", session.site(number, UNITS)))
        plan += f"Said {number} of the plan. "
        session.take(session.change("/notes", {"plan": plan.strip()}))
    return session


def prepared(session: Session) -> None:
    """Questions answered and consent recorded."""
    session.answer_all()


def handed_over(session: Session) -> str:
    """A document kept as it was printed; gives its address."""
    document = {"documents": DOCUMENT, "given_to": "patient", "purpose": f"To take home {secrets.token_hex(4)}"}
    return well(session.browser.send(f"{session.page}/documents", document)).location


def well(answer: Answer) -> Answer:
    """The answer of what was done. Raises Refused where it was not."""
    if answer.status not in TOLD:
        said = re.sub(r"<[^>]+>|\s+", " ", answer.text.partition("<main")[2] or answer.text)
        raise Refused(f"{answer.status}: {' '.join(said.split())[:500]}")
    return answer


def people(
    app: Flask, port: int, gate: Gate, sents: Sents, seed: int, many: int, vials: int
) -> tuple[int, list[Person]]:
    """A clinic and so many people in it who are signed in; gives the clinic's number and the people."""
    work: Work = app.extensions["clinic_work"]
    clinic = factories.make_clinic(work)
    made = []
    for number in range(many):
        actor = factories.make_person(work, clinic.id, Role.PRESCRIBER, username=f"person-{number}")
        own = tuple(open_vial(work, clinic, lot=f"L{number}-{one}", label=f"V-{number}-{one}") for one in range(vials))
        browser = Stubborn(port, partial(ticket, app, actor), actor.user_id, gate, sents)
        made.append(Person(actor, browser, own, random.Random(f"{seed}-{number}")))
    return clinic.id, made
