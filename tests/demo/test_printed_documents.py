"""Every kind of document of the demo's patients, as it is printed: sound, accessible, and no longer than it must be."""

from __future__ import annotations

from tests.demo.conftest import Made
from tests.pdf import gallery, layout, reading

MOST_PAGES = {
    "treatment-handout": 3,
    "treatment-passport": 1,
    "facial-massage": 1,
    "filled-chart": 1,
    "draw-up-sheet": 1,
    "letter-to-the-referring-doctor": 3,
    "home-programme": 5,
}
MOST_PAGES_LARGE = {"treatment-handout": 6, "treatment-passport": 2, "facial-massage": 2}
MOST_BYTES = 120_000


def test_every_print_of_the_demo_is_sound_and_not_too_long(made: Made) -> None:
    seen = set()
    with made.app.app_context():
        for shown in gallery.prints(made.work):
            kind, code, paper = shown.name.rsplit("-", 2)
            seen.add(kind)
            most = (MOST_PAGES_LARGE if paper == "large" else MOST_PAGES).get(kind, 99)
            assert len(reading.reader(shown.body).pages) <= most, shown.name
            assert len(shown.body) <= MOST_BYTES, shown.name
            if kind == "letter-to-the-referring-doctor":
                assert "patient’s left (1–" in reading.text(shown.body), "the numbers on the face have a key"
            if paper == ("Letter" if code == "es" else "A4") or (paper == "large" and code == "es"):
                layout.check(shown.body, large=paper == "large")
    assert {*MOST_PAGES, "consent-form", "treatment-history", "payer-summary", "neurolysis-referral"} <= seen
