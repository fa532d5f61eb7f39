"""An installation with a signed visit, ways to harm its file, and what a harmed file leads to."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinic import create_app, database, new_id, sqlite_file
from clinic.config import SettingError, Settings
from clinic.domain.actors import Actor
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.conftest import Clock, make_settings
from tests.factories import Client, client_for, make_clinic

Harm = tuple[str, Callable[[bytearray], None]]
Look = Callable[[Settings], None]


@dataclass(frozen=True)
class Signed:
    """An installation, its signed visit, and how its page reads."""

    instance: Path
    visit_id: str
    reader: Actor
    page: str
    content: range


def signed_instance(instance: Path) -> Signed:
    """A clinic with one signed session in an installation on SQLite."""
    app = create_app(make_settings(instance))
    app.test_client_class = Client
    app.config["TESTING"] = True
    made: Work = app.extensions["clinic_work"]
    clock = Clock()
    work = Work(made.engine, made.key, new_id, clock)
    app.extensions["clinic_work"] = work
    clinic = make_clinic(work)
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    page = _page(client_for(app, clinic.prescriber), charting.visit_id)
    made.engine.dispose()
    raw = (instance / "clinic.sqlite3").read_bytes()
    at = raw.index(b'"patient":{')
    return Signed(instance, charting.visit_id, clinic.prescriber, page, range(at, at + 600))


def _page(client: Client, visit_id: str) -> str:
    answer = client.get(f"/visits/{visit_id}/signed")
    if answer.status_code != 200:
        return f"refused: {re.sub('<[^>]+>', ' ', answer.text)}"
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r'value="[^"]*"', "", main)


def harms(chance: random.Random, count: int, content: range | None = None) -> Iterator[Harm]:
    """So many ways, in turn: bits, bytes, a zeroed page, a cut end, two pages swapped, what was signed."""
    kinds = [_bits, _bytes, _zeroed, _cut, _swapped, _signed]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield f"{number}: {kind.__name__}", kind(random.Random(chance.random()), content)


def _bits(chance: random.Random, _content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)

    return harm


def _bytes(chance: random.Random, _content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        start = chance.randrange(len(data) - 64)
        data[start : start + 64] = chance.randbytes(64)

    return harm


def _zeroed(chance: random.Random, _content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        start = 4096 * chance.randrange(len(data) // 4096)
        data[start : start + 4096] = bytes(4096)

    return harm


def _cut(chance: random.Random, _content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        del data[chance.randrange(1, len(data)) :]

    return harm


def _swapped(chance: random.Random, _content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        one, other = (4096 * page for page in chance.sample(range(1, len(data) // 4096), 2))
        data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]

    return harm


def _signed(chance: random.Random, content: range | None) -> Callable[[bytearray], None]:
    def harm(data: bytearray) -> None:
        digits = [at for at in content or () if chr(data[at]).isalnum()]
        place = chance.choice(digits) if digits else chance.randrange(len(data))
        data[place] ^= 1  # Another letter or figure: the page still parses.

    return harm


def leaks(
    signed: Signed, folder: Path, ways: Iterator[Harm] | Sequence[Harm], look: Look = sqlite_file.refuse_unfit
) -> list[str]:
    """What went wrong for each way to harm: a damaged file written to or served, a wrong page, a fault without words."""
    found = []
    for name, harm in ways:
        copy = folder / f"harmed-{name.partition(':')[0]}"
        shutil.copytree(signed.instance, copy)
        file = copy / "clinic.sqlite3"
        data = bytearray(file.read_bytes())
        harm(data)
        file.write_bytes(data)
        found += [f"{name}: {what}" for what in _led_to(signed, make_settings(copy), file, look)]
        shutil.rmtree(copy)
    return found


def _led_to(signed: Signed, settings: Settings, file: Path, look: Look) -> Iterator[str]:
    before = file.read_bytes()
    try:
        look(settings)
    except SettingError as error:
        if "It was not changed" not in str(error) or "clinic restore" not in str(error):
            yield f"refused without the way back: {error}"
        if file.read_bytes() != before:
            yield "refused, and written to"
        return
    if sqlite_file.damage(file, whole=True):
        yield "served although it is torn"
        return
    yield from _served(signed, settings)


def _served(signed: Signed, settings: Settings) -> Iterator[str]:
    app = create_app(settings)
    app.test_client_class = Client
    clock = Clock()
    made: Work = app.extensions["clinic_work"]
    app.extensions["clinic_work"] = Work(made.engine, made.key, new_id, clock)
    try:
        database.check_schema(app)
        page = _page(client_for(app, signed.reader), signed.visit_id)
        if page != signed.page and "refused" not in page:
            yield "another page without a word"
        if page.startswith("refused") and "Nothing" not in page:
            yield f"a refusal without words: {page[:80]}"
    except SettingError:
        return  # Refused in words, by its schema or triggers.
    except Exception as error:  # noqa: BLE001 - whatever else comes out is the finding
        yield f"a fault: {type(error).__name__}: {error}"
    finally:
        made.engine.dispose()
        assert settings.sqlite_file is not None
        sqlite_file.take(settings.sqlite_file)  # The first request has it already.
        sqlite_file.release(settings.sqlite_file)
