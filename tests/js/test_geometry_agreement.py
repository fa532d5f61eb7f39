"""The browser and the server find the same muscle, site, side and danger zones at every point."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, AnatomyError, Hit, Side

MODULE = Path(anatomy.__file__).parents[1] / "static" / "js" / "face_chart" / "geometry.mjs"
JS_TESTS = Path(__file__).with_name("geometry.test.mjs")

SCRIPT = """
import { readFileSync } from "node:fs";
const { module, geometry, points } = JSON.parse(readFileSync(0, "utf8"));
const face = await import(module);
const answer = points.map(([x, y]) => {
  const hit = face.hit(geometry, x, y);
  return {
    hit,
    deep: face.hit(geometry, x, y, true),
    hits: face.hits(geometry, x, y),
    zones: face.dangerZonesAt(geometry, x, y, hit.muscle).map((zone) => zone.key),
    view: face.inView(geometry, x, y),
  };
});
const places = geometry.muscles.flatMap((muscle) =>
  [null, ...muscle.sites.map((site) => site[0])].flatMap((name) =>
    ["right", "left", "midline"].map((side) =>
      [muscle.key, name, side, face.position(geometry, muscle.key, name, side)])));
console.log(JSON.stringify({ answer, places }));
"""


def node() -> str:
    """The Node of this machine, or the one that Playwright brings."""
    found = shutil.which("node")
    if found:
        return found
    try:
        from playwright._impl._driver import compute_driver_executable

        driver = compute_driver_executable()
    except ImportError:
        pytest.fail("Node is needed: install it, or the development requirements, which bring one with Playwright.")
    return str(driver[0] if isinstance(driver, tuple) else Path(driver).with_name("node"))


def points() -> list[tuple[int, int]]:
    """5,000 random points with a fixed seed, every named site, and the rims of what can be hit."""
    chance = random.Random(20260601)
    found = [(chance.randint(-1000, 1000), chance.randint(-1600, 1330)) for _ in range(5_000)]
    for muscle in MUSCLES.values():
        for site in muscle.sites:
            for x in (site.x, -site.x):
                found += [(x, site.y), (x + 35, site.y), (x + 36, site.y), (x, site.y - 35), (x, site.y - 36)]
    for x in (-26, -25, -1, 0, 1, 25, 26):
        found += [(x, y) for y in range(-1560, 1291, 30)]
    return found


def run(script_input: dict[str, Any]) -> Any:
    """Run the script in Node and return what it prints."""
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", SCRIPT],
        input=json.dumps(script_input),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def browser() -> Any:
    """What the browser's code says about every point and every named place."""
    return run({"module": MODULE.as_uri(), "geometry": anatomy.browser_geometry(), "points": points()})


def _as_browser(hit: Hit) -> dict[str, str | None]:
    return {"muscle": hit.muscle, "subSite": hit.sub_site, "side": hit.side.value}


def test_the_browser_finds_the_same_at_every_point(browser: Any) -> None:
    for (x, y), theirs in zip(points(), browser["answer"], strict=True):
        first = anatomy.hit(x, y)
        ours = {
            "hit": _as_browser(first),
            "deep": _as_browser(anatomy.hit(x, y, deep=True)),
            "hits": [_as_browser(hit) for hit in anatomy.hits(x, y)],
            "zones": [zone.key for zone in anatomy.danger_zones_at(x, y, first.muscle)],
            "view": anatomy.in_view(x, y),
        }
        assert theirs == ours, (x, y)


def test_the_points_reach_every_muscle_and_every_zone(browser: Any) -> None:
    found = {answer[layer]["muscle"] for answer in browser["answer"] for layer in ("hit", "deep")}
    assert found == set(MUSCLES)
    zones = {zone.key for x, y in points() for zone in anatomy.danger_zones_at(x, y, anatomy.OTHER)}
    assert zones == {zone.key for zone in anatomy.danger_zones()}


def test_the_browser_knows_the_same_named_places(browser: Any) -> None:
    assert len(browser["places"]) > 150
    for key, sub_site, side, place in browser["places"]:
        try:
            ours = list(anatomy.position(key, sub_site, Side(side)))
        except AnatomyError:
            ours = None
        assert place == ours, (key, sub_site, side)


def test_the_tests_of_the_geometry_in_javascript_pass() -> None:
    done = subprocess.run([node(), "--test", str(JS_TESTS)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
