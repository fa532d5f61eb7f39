"""The joined scripts and sheets: everything is in them once, in order, and what cannot be joined is refused."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.web import joined

MODULES = sorted((joined.FOLDER / "js").rglob("*.mjs"))


def test_every_module_is_in_the_joined_file_once() -> None:
    names = re.findall(r'^"([\w/]+)": \(\) => \{$', joined.scripts(), re.MULTILINE)
    assert names == sorted(file.relative_to(joined.FOLDER / "js").with_suffix("").as_posix() for file in MODULES)


def test_every_module_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'load\("([\w/.]+)"\)', joined.scripts()))
    assert len(asked) > 20
    assert all((joined.FOLDER / "js" / f"{name}.mjs").exists() for name in asked)


def test_no_module_asks_for_itself_by_way_of_others() -> None:
    needs = {
        name: set(re.findall(r'load\("([\w/.]+)"\)', body))
        for name, body in re.findall(r'^"([\w/]+)": \(\) => \{\n(.*?)^\},$', joined.scripts(), re.MULTILINE | re.DOTALL)
    }
    assert rings(needs) == []
    assert rings(needs | {"guarded": {"lock"}, "lock": {"guarded"}}) == ["guarded", "lock"]  # A planted ring is named.


def rings(needs: dict[str, set[str]]) -> list[str]:
    """Modules that would be begun again while they are being begun."""
    left = dict(needs)
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    return sorted(name for name in left if name in needs and any(name in left[other] for other in left))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('import "./a.mjs";\n', '"x/y": () => {\nload("x/a");\nreturn {  };\n},\n'),
        ('import * as a from "../a.mjs";\n', '"x/y": () => {\nconst a = load("a");\nreturn {  };\n},\n'),
        (
            'import { a, b as c } from "./a.mjs";\nexport const d = a;\nexport async function e() {}\n',
            '"x/y": () => {\nconst { a, b: c } = load("x/a");\nconst d = a;\nasync function e() {}\nreturn { d, e };\n},\n',
        ),
        ("  // why\n/** what */\ngo(); // stays\n", '"x/y": () => {\ngo(); // stays\nreturn {  };\n},\n'),
    ],
)
def test_a_module_becomes_a_function(source: str, text: str) -> None:
    assert joined.joined("x/y", source) == text


@pytest.mark.parametrize(
    "source",
    [
        'import a from "./a.mjs";\n',
        'const a = await import("./a.mjs");\n',
        "export default 1;\n",
        "export { a };\n",
        "export let a = 1;\n",
        "await go();\n",
        "const here = import.meta.url;\n",
    ],
)
def test_what_cannot_be_joined_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"x\.mjs"):
        joined.joined("x", source)


def test_the_frame_has_its_sheets_in_order_and_prints_apart() -> None:
    text = joined.sheets()
    places = [text.index((joined.FOLDER / "css" / f"{name}.css").read_text("utf-8")) for name in joined.FRAME]
    assert places == sorted(places)
    assert text.index("@media print {\n") > places[-1]
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(("name", "kind"), [("pages.mjs", "text/javascript"), ("frame.css", "text/css")])
def test_a_joined_file_is_kept_by_browsers_as_others_are(app: Flask, name: str, kind: str) -> None:
    client = app.test_client()
    answer = client.get(f"{app.static_url_path}/{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    with client.get(f"{app.static_url_path}/css/tokens.css") as other:
        assert answer.headers["Cache-Control"] == other.headers["Cache-Control"]
    again = client.get(f"{app.static_url_path}/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
