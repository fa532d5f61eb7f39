"""Numbers stand at the same corners of their marks in the browser as on paper."""

from __future__ import annotations

import json
import random
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from clinic.domain.face_marks import mark_radius
from clinic.domain.face_numbers import Labelled, corners
from tests.js.test_geometry_agreement import node

DOSES = ("0.5", "1", "1.25", "2.5", "4", "5", "10", "12.5", "30")


def crowds() -> list[dict[str, Any]]:
    chance = random.Random(20261122)
    found = []
    for _ in range(60):
        numbers = chance.sample(range(1, 80), chance.randint(1, 40))
        sites = [
            {
                "id": str(number),
                "number": number,
                "x": chance.randint(-300, 300),
                "y": chance.randint(-300, 300),
                "units": chance.choice(DOSES),
            }
            for number in numbers
        ]
        found.append({"sites": sites, "mirrored": chance.random() < 0.5})
    return found


def ours(crowd: dict[str, Any]) -> dict[str, list[int]]:
    sign = -1 if crowd["mirrored"] else 1
    marks = [
        Labelled(one["number"], sign * one["x"], one["y"], mark_radius(Decimal(one["units"])) * 100, one["units"])
        for one in crowd["sites"]
    ]
    return {str(number): list(corner) for number, corner in corners(marks).items()}


def test_both_find_the_same_corners() -> None:
    lists = crowds()
    done = subprocess.run(
        [node(), str(Path(__file__).with_name("corners.mjs"))],
        input=json.dumps(lists),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    theirs = [dict(one) for one in json.loads(done.stdout)]
    assert theirs == [ours(crowd) for crowd in lists]
    assert len({tuple(corner) for crowd in theirs for corner in crowd.values()}) == 4
