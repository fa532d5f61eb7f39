"""Levels, counts, minimum, waste and balance, log book: pages, refusals, and what the books come to."""

from __future__ import annotations

import csv
import io
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from clinic.domain.errors import Invalid
from clinic.domain.inventory import CountKind
from clinic.domain.log_books import sums
from clinic.domain.periods import Period
from clinic.queries import ledgers
from clinic.queries.log_books import log_book
from clinic.queries.stock_levels import lot_counts, stock_balance
from clinic.services import inventory, lots
from clinic.services.stock_levels import count_vials
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for
from tests.services.test_inventory import give, make_lot, make_vial, make_visit
from tests.web.statements import counted


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def test_counts_minimum_and_what_is_low(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic, expires_on="2026-12-22")
    page = client.get("/stock/levels").text
    assert "not counted" in page
    assert "Low:" not in page
    url = f"/stock/lots/{lot_id}/count"
    assert client.send(url, {"kind": "received", "vials": "3", "reason": ""}).status_code == 303
    make_vial(work, clinic, lot_id)
    again = client.send(url, {"kind": "received", "vials": "3", "reason": "", "edit_version": "0"})
    assert (again.status_code, "Somebody else entered vials" in again.text) == (409, True)  # The same box, two people.
    seen = {"edit_version": "1"}
    refused = client.send(url, {"kind": "lost or broken", "vials": "3", "reason": "fell from the shelf"} | seen)
    assert refused.status_code == 422
    assert "2 unopened vials" in refused.text
    assert "fell from the shelf" in refused.text
    assert client.send(url, {"kind": "lost or broken", "vials": "1", "reason": "short"} | seen).status_code == 422
    assert client.send("/stock/levels/botox", {"vials": "3", "edit_version": "0"}).status_code == 303
    stale = client.send("/stock/levels/botox", {"vials": "9", "edit_version": "0"})
    assert stale.status_code == 409
    assert 'value="9"' in stale.text
    assert client.get("/stock/levels/unheard-of").status_code == 404
    page = client.get("/stock/levels?within=30").text
    assert "Low:" in page
    assert "No lot with unopened vials expires" not in page
    key = {"kind": "corrected by counting", "vials": "0", "reason": "cupboard is empty"} | seen
    assert client.send(url, key, key="k").status_code == 303
    assert client.send(url, key, key="k").status_code == 303  # Sent twice, entered once.
    with work.reading(clinic.prescriber) as uow:
        found = lot_counts(uow, lot_id)
    assert (found.level.unopened, sorted(one.vials for one in found.entries)) == (0, [-2, 3])
    make_vial(work, clinic, lot_id)
    assert "1 vial more opened than counted" in client.get("/stock/levels").text
    with work.writing(clinic.prescriber) as uow:
        lots.recall(uow, lot_id, 1, "Maker's letter")
    assert "Recalled, put unopened vials aside" in client.get("/stock/levels").text


def test_a_new_lot_can_say_how_many_vials_came(client: Client, work: Work, clinic: ClinicWorld) -> None:
    body = {"product": "botox", "lot": "N1", "expires_on": "2027-03-31", "supplier": ""}
    wrong = client.send("/stock/lots/new", body | {"received": "many"})
    assert wrong.status_code == 422
    assert "number of vials in digits" in wrong.text
    made = client.send("/stock/lots/new", body | {"received": "12"})
    with work.reading(clinic.prescriber) as uow:
        assert lot_counts(uow, made.location.rsplit("/", 1)[1]).level.words == "12 vials"
    with work.writing(clinic.prescriber) as uow, pytest.raises(Invalid):
        count_vials(uow, made.location.rsplit("/", 1)[1], CountKind.SENT_BACK, "13", "not ordered by us")


def moved(work: Work, clinic: ClinicWorld, clock: Any) -> list[str]:
    """Thirty random movements of two lots over six days."""
    chance = random.Random(7)
    vials = [make_vial(work, clinic, make_lot(work, clinic, number=number)) for number in ("A1", "B2")]
    who = make_visit(work, clinic, "FN-9")
    for _ in range(30):
        clock.move(hours=chance.choice((0, 1, 7)))
        vial_id, units = chance.choice(vials), Decimal(chance.randint(1, 300)) / 100
        kind = chance.choice(("give", "waste", "adjust"))
        if kind == "give":
            give(work, clinic, vial_id, str(units), who)
            continue
        with work.writing(clinic.prescriber) as uow:
            if kind == "waste":
                inventory.waste(uow, vial_id, units, chance.choice(("Spilled", "spilled", "=1+1")))
            else:
                inventory.adjust(uow, vial_id, -units, "counted once more")
    return vials


def test_the_log_book_and_the_balance_are_those_of_the_ledgers(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Any
) -> None:
    start = clock.now.date()
    vials = moved(work, clinic, clock)
    last = clock.now.date()
    with work.reading(clinic.prescriber) as uow:
        whole = log_book(uow, Period(start, last), page=None)
        parts = [log_book(uow, Period(start, start), page=None), log_book(uow, Period(start + timedelta(days=1), last))]
        balance = stock_balance(uow, Period(start + timedelta(days=1), last))
        books = [ledgers.vial_ledger(uow, vial_id) for vial_id in vials]
    assert len(whole.lines) == whole.total == 32
    assert whole.lines == parts[0].lines + parts[1].lines
    of_ledger = sorted((line.at, line.change, line.balance) for book in books for line in book.lines)
    assert sorted((line.at, line.units, line.balance) for line in whole.lines) == of_ledger
    for lot in whole.lots:
        come = sums((line.kind, line.units) for line in whole.lines if line.lot == lot.number)
        assert (come.opened, come.given, come.wasted, come.adjusted) == (
            lot.opened,
            lot.given,
            lot.wasted,
            lot.adjusted,
        )
        assert lot.before + come.change == lot.left
    assert {lot.number: lot.left for lot in parts[0].lots} == {lot.number: lot.books.before for lot in balance.lots}
    assert all(lot.books.balanced for lot in balance.lots)
    pages_of_it(app, client_for(app, clinic.prescriber), other_clinic, f"?from={start}&to={last}")


def pages_of_it(app: Flask, client: Client, other_clinic: ClinicWorld, period: str) -> None:
    """The same on the page, in the table and on paper; nothing of it for another clinic."""
    page = client.get(f"/stock/log-book{period}").text
    assert "Keane, Mary" in page
    assert "1 to 32 of 32 movements" in page
    table = list(csv.reader(io.StringIO(client.get(f"/stock/log-book.csv{period}").text.removeprefix("\ufeff"))))
    assert {len(row) for row in table} == {len(table[0])}
    assert any("'=1+1" in row for row in table)
    printed = PdfReader(io.BytesIO(client.get(f"/stock/log-book.pdf{period}").data))
    words = " ".join(one.extract_text() for one in printed.pages)
    assert f"page 1 of {len(printed.pages)}" in words.replace("\u00a0", " ")
    assert "Countersigned by" in words
    assert words.count("Left") > len(printed.pages) - 1  # The header row stands on every page of the table.
    assert "the charted sites say 0" in client.get(f"/stock/balance{period}").text  # Drawn here without a chart.
    assert "Keane" not in client_for(app, other_clinic.prescriber).get(f"/stock/log-book{period}").text


@pytest.mark.parametrize("page", ["/stock/log-book", "/stock/log-book.csv", "/stock/log-book.pdf", "/stock/balance"])
def test_a_period_that_cannot_be_is_refused_beside_its_field(client: Client, page: str) -> None:
    refused = client.get(f"{page}?from=2020-01-01&to=2026-11-01")
    assert refused.status_code == 422
    assert "At most one year at a time" in refused.text
    assert 'value="2020-01-01"' in refused.text
    assert client.get(f"{page}?from=tomorrow").status_code == 422


def test_pages_cost_the_same_whatever_the_stock_holds(client: Client, work: Work, clinic: ClinicWorld) -> None:
    def statements() -> list[int]:
        found = []
        for page in ("/stock/levels", "/stock/balance", "/stock/log-book"):
            with counted(work.engine) as seen:
                client.get(page)
            found.append(len(seen))
        return found

    make_vial(work, clinic, make_lot(work, clinic, number="L0"))
    few = statements()
    for number in range(1, 4):
        make_vial(work, clinic, make_lot(work, clinic, number=f"L{number}"))
    assert statements() == few
