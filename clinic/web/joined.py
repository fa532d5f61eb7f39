"""All scripts and the frame's style sheets as one file each: forty small requests of a first visit become two.

The files stay as they are written and tested. Joined, a module is a function that is run when another one, or the page,
first asks for it; so what two scripts share is still there once. A tag names in ``data-start`` which module begins.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

FOLDER = Path(__file__).resolve().parent.parent / "static"
FRAME = ("tokens", "base", "layout", "forms", "tables", "findings", "chart", "timeline")
"""The style sheets of every page, in this order; the print sheet comes after them."""

_IMPORT = re.compile(r'^import (?:(?P<names>\{[^}]*\}|\* as \w+) from )?"(?P<path>\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://|/\*\*.*\*/$).*\n", re.MULTILINE)
"""A line that is a comment alone: it is for whoever reads the file, not for the browser."""
_AS = re.compile(r"\b(\w+) as (\w+)")
_LEFT = re.compile(r"^(?:import|export|await)\b|\bimport\(|\bimport\.meta\b", re.MULTILINE)
_BEGIN = """\
const made = new Map();
const load = (name) => {
  if (!made.has(name)) made.set(name, modules[name]());
  return made.get(name);
};
const modules = {
"""
_END = """\
};
for (const { dataset } of document.querySelectorAll("script[data-start]")) {
  try {
    load(dataset.start);
  } catch (error) {
    reportError(error);
  }
}
"""


def register(app: Flask) -> None:
    """Answer for the joined files under the address of the static ones."""
    files = app.view_functions["static"]

    def static(filename: str) -> ResponseReturnValue:
        made = JOINED.get(filename)
        return _answer(app, filename, made()) if made else app.ensure_sync(files)(filename=filename)

    app.view_functions["static"] = static


def _answer(app: Flask, filename: str, text: str) -> Response:
    kind = "text/css" if filename.endswith(".css") else "text/javascript"
    response = Response(text, mimetype=kind)
    response.cache_control.public = True
    response.cache_control.max_age = app.get_send_file_max_age(filename)
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def sheets() -> str:
    """The frame's style sheets in their order, the one for printing kept to print."""
    parts = [(FOLDER / "css" / f"{name}.css").read_text(encoding="utf-8") for name in FRAME]
    printed = (FOLDER / "css" / "print.css").read_text(encoding="utf-8")
    return "\n".join([*parts, f"@media print {{\n{printed}}}\n"])


@cache
def scripts() -> str:
    """Every module as a function under its name, and what begins those that a page names."""
    folder = FOLDER / "js"
    names = sorted(file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.mjs"))
    parts = [joined(name, (folder / f"{name}.mjs").read_text(encoding="utf-8")) for name in names]
    return _BEGIN + "".join(parts) + _END


def joined(name: str, source: str) -> str:
    """One module as a member of the joined file. Raises ValueError for a form of import or export that it cannot join."""
    exported = [found["name"] for found in _EXPORT.finditer(source)]
    text = _IMPORT.sub(lambda found: _loaded(name, found), source)
    text = _COMMENT.sub("", _EXPORT.sub("", text))
    if left := _LEFT.search(text):
        raise ValueError(f"{name}.mjs: the pages' scripts cannot be joined over its {left[0]!r}.")
    return f'"{name}": () => {{\n{text}return {{ {", ".join(exported)} }};\n}},\n'


def _loaded(name: str, found: re.Match[str]) -> str:
    load = f'load("{_named(name, found["path"])}");'
    names = found["names"]
    if names is None:
        return load
    if names.startswith("*"):
        return f"const {names.removeprefix('* as ')} = {load}"
    renamed = _AS.sub(r"\1: \2", names)
    return f"const {renamed} = {load}"


def _named(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).removesuffix(".mjs")


JOINED: Mapping[str, Callable[[], str]] = {"frame.css": sheets, "pages.mjs": scripts}
"""The joined files, by the names under which pages ask for them."""
