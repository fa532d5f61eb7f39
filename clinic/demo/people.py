"""The people of the demo clinics. Their passwords are random, made on this machine, and printed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from clinic import passwords
from clinic.domain.actors import Actor, Role
from clinic.queries import accounts as query
from clinic.services import accounts
from clinic.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in a demo clinic; ``key`` is the word by which the stories call them."""

    key: str
    username: str
    name: str
    role: Role
    title: str = ""
    under: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as printed once, with its password."""

    clinic: str
    username: str
    name: str
    role: Role
    password: str


FIRST = (
    Person("prescriber", "marchetti", "Helen Marchetti", Role.PRESCRIBER, "Dr"),
    Person("injector", "whitlock", "Sam Whitlock", Role.INJECTOR, under="prescriber"),
    Person("second", "ferreira", "Tomás Ferreira", Role.PRESCRIBER, "Dr"),
    Person("therapist", "raman", "Priya Raman", Role.THERAPIST),
    Person("assistant", "lindqvist", "Ada Lindqvist", Role.ASSISTANT),
    Person("administrator", "abernathy", "Joan Abernathy", Role.ADMINISTRATOR),
    Person("auditor", "tate", "Colin Tate", Role.AUDITOR),
)
SECOND = (
    Person("prescriber", "vogel", "Ingrid Vogel", Role.PRESCRIBER, "Dr"),
    Person("assistant", "brandt", "Jonas Brandt", Role.ASSISTANT),
    Person("administrator", "seidel", "Katrin Seidel", Role.ADMINISTRATOR),
)


def generated_passwords(usernames: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """A new random password with its hash for each name; two are hashed at a time."""
    made = {name: passwords.generated() for name in usernames}
    with ThreadPoolExecutor(max_workers=2) as pool:
        hashes = list(pool.map(passwords.hashed, made.values()))
    return {name: (made[name], hashed) for name, hashed in zip(made, hashes, strict=True)}


def engage(work: Work, clinic_id: int, people: Sequence[Person], hashes: Mapping[str, str]) -> dict[str, Actor]:
    """Create the people of a clinic; give who acts by the stories' words."""
    actors: dict[str, Actor] = {}
    for person in people:
        with work.writing(accounts.system_actor(clinic_id)) as uow:
            accounts.create_user(
                uow,
                username=person.username,
                name=person.name,
                title=person.title,
                role=person.role,
                password_hash=hashes[person.username],
                prescriber_id=actors[person.under].user_id if person.under else None,
                must_change_password=False,
            )
        with work.reading(accounts.SYSTEM, scoped=False) as uow:
            found = query.credentials(uow, person.username)
        if found is None:
            raise LookupError(person.username)
        actors[person.key] = found.actors[0]
    return actors


def accounts_table(made: Sequence[Account]) -> str:
    """The accounts for the terminal, a prescriber first, under the name of each clinic."""
    lines: list[str] = []
    widths = [max(len(text) for text in column) for column in zip(*(_cells(one) for one in made), strict=True)]
    for clinic in dict.fromkeys(one.clinic for one in made):
        lines += ["", clinic]
        for one in made:
            if one.clinic == clinic:
                cells = (text.ljust(width) for text, width in zip(_cells(one), widths, strict=True))
                lines.append(f"  {'  '.join(cells)}".rstrip())
    lines += [
        "",
        "These passwords are shown this once; `flask --app wsgi clinic demo --reset-passwords` makes new ones.",
    ]
    return "\n".join(lines)


def _cells(one: Account) -> tuple[str, str, str, str]:
    return one.username, one.password, one.role.value, one.name
