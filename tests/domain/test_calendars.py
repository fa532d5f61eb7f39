"""The calendar file: exact lines, times by the clinic's clock, and nothing that tells others what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.calendars import CalendarDate, calendar_text, escape, fold, moment_of, unfold

STAMP = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PRINTED = st.text(st.characters(blacklist_categories=("Cs", "Cc")))
DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))


def unescape(text: str) -> str:
    """What an escaped text says."""
    found, signs = [], iter(text)
    for sign in signs:
        if sign == "\\":
            after = next(signs)
            found.append("\n" if after in "nN" else after)
        else:
            found.append(sign)
    return "".join(found)


def parsed(text: str) -> list[dict[str, str]]:
    """The events of a file as values by property, read by the rules of RFC 5545."""
    events: list[dict[str, str]] = []
    for line in unfold(text).removesuffix("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and name != "END":
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = value
    return events


@given(PRINTED)
def test_a_folded_line_is_short_and_unfolds_to_itself(text: str) -> None:
    folded = fold(text)
    assert unfold(folded) == text
    for piece in folded.encode().split(b"\r\n"):
        assert len(piece) <= 75
        piece.decode()  # No sign is cut in two.


@pytest.mark.parametrize(("length", "pieces"), [(74, 1), (75, 1), (76, 2), (75 + 74, 2), (75 + 75, 3)])
def test_lines_are_folded_at_75_octets(length: int, pieces: int) -> None:
    assert fold("x" * length).count("\r\n ") == pieces - 1


def test_a_sign_of_several_octets_goes_to_the_next_line_whole() -> None:
    assert fold("x" * 74 + "é") == "x" * 74 + "\r\n é"
    assert fold("x" * 73 + "é") == "x" * 73 + "é"


@given(st.text(st.characters(blacklist_categories=("Cs",))))
def test_an_escaped_text_has_no_line_end_and_says_the_same(text: str) -> None:
    escaped = escape(text)
    assert not set(escaped) & {"\r", "\n", "\x00", "\x7f"}
    kept = "".join(sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign == "\n" or ord(sign) >= 32)
    assert unescape(escaped) == kept.replace("\x7f", "")


@given(st.lists(st.tuples(PRINTED, PRINTED, DAYS, st.integers(0, 99), st.booleans()), max_size=4))
def test_a_file_is_read_back_as_it_was_written(rows: list[tuple[str, str, date, int, bool]]) -> None:
    dates = [
        CalendarDate(f"date-{number}", title, on, note=note, sequence=sequence, cancelled=cancelled)
        for number, (title, note, on, sequence, cancelled) in enumerate(rows)
    ]
    events = parsed(calendar_text(dates, STAMP))
    assert [
        (
            one["UID"].partition("@")[0],
            unescape(one["SUMMARY"]),
            unescape(one.get("DESCRIPTION", "")),
            one["DTSTART;VALUE=DATE"],
            one["SEQUENCE"],
            one["STATUS"],
        )
        for one in events
    ] == [
        (
            one.id,
            one.title,
            one.note,
            f"{one.on:%Y%m%d}",
            str(one.sequence),
            "CANCELLED" if one.cancelled else "CONFIRMED",
        )
        for one in dates
    ]


def test_a_file_is_exact() -> None:
    text = calendar_text([CalendarDate("date-1", "Clinic appointment", date(2026, 12, 31))], STAMP)
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Synkinesis//Clinic record//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:date-1@clinic.invalid",
        "DTSTAMP:20261122T100000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "SUMMARY:Clinic appointment",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_window_leaves_its_days_free_and_ends_the_day_after_the_last() -> None:
    window = CalendarDate("r", "Review at the clinic", date(2026, 12, 6), date(2027, 1, 3), window=True)
    event = parsed(calendar_text([window], STAMP))[0]
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20261206", "20270104")
    assert event["TRANSP"] == "TRANSPARENT"


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("14:30", "20261203T133000Z"), (" 9.15 ", "20261203T081500Z"), ("14:30 h", "20261203T133000Z"), ("0:00", "20261202T230000Z")],
)  # fmt: skip
def test_a_clock_time_is_the_clinics(clock: str, hour: str) -> None:
    moment = moment_of(date(2026, 12, 3), clock, "Europe/Berlin")
    event = parsed(calendar_text([CalendarDate("x", "t", date(2026, 12, 3), at=moment)], STAMP))[0]
    assert event["DTSTART"] == hour
    assert "DTEND" not in event


def test_summer_time_is_minded() -> None:
    assert moment_of(date(2026, 7, 3), "14:30", "Europe/Berlin") == datetime(2026, 7, 3, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["", "morning", "24:00", "12:60", "1430", "14:30-15:00", "２:30"])
def test_a_text_that_is_no_clock_time_is_not_guessed(clock: str) -> None:
    assert moment_of(date(2026, 12, 3), clock, "Europe/Berlin") is None
