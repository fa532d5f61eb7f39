"""A cell of the synkinesis grid is read in the browser as it is on the server."""

from __future__ import annotations

import itertools
import json
import subprocess

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place, cell_of
from clinic.domain.errors import Invalid
from tests.architecture.sources import PROGRAM
from tests.js.test_geometry_agreement import node

PLACE = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
TEXTS = ["".join(signs) for length in range(5) for signs in itertools.product("03-/ ", repeat=length)]
TEXTS += ["4", "2.5", "x", "２", "–/3", "–", "1/2/3", "2/9", "2\t/ 3"]


def of_server(text: str) -> str | None:
    try:
        return cell_of(PLACE, text).text
    except Invalid:
        return None


def in_browser(script: str, values: object) -> object:
    """What a script makes of values, with the module of the cells at hand."""
    module = (PROGRAM / "static" / "js" / "synkinesis_grid" / "cell_text.mjs").as_uri()
    code = f"import {{ read, typed, written }} from {json.dumps(module)};\n"
    code += f"const values = {json.dumps(values)};\nconsole.log(JSON.stringify({script}));"
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_both_read_the_same() -> None:
    script = "values.map((text) => { const cell = read(text); return cell && written(cell); })"
    assert in_browser(script, TEXTS) == [of_server(text) for text in TEXTS]
    assert of_server("2")
    assert not of_server("4")


def test_keys_write_what_the_server_reads() -> None:
    script = """values.map((keys) => { let made = { text: "", minded: false };
      for (const key of keys) made = typed(made.text, key, made.minded) ?? made;
      return made.text; })"""
    keys = ["2", "23", "2/3", "-3", "/1", "231", "20", "2x3", "29", "-"]
    assert in_browser(script, keys) == ["2", "2/3", "2/3", "–/3", "–/1", "1/3", "2/0", "2/3", "2", ""]
