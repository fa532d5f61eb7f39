"""Templates decide nothing and trust nothing: no arithmetic, no filtering of lists, no script or style in the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment, FileSystemLoader, nodes
from wtforms import DateField, Form, RadioField, SelectChoice, StringField, validators

from clinic.domain.findings import Finding, Override, Severity
from tests.architecture.sources import PROGRAM, name, templates

if TYPE_CHECKING:
    from jinja2 import Template

ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
DECIDING = {
    "abs",
    "batch",
    "float",
    "groupby",
    "int",
    "map",
    "max",
    "min",
    "random",
    "reject",
    "rejectattr",
    "round",
    "safe",
}
DECIDING |= {"select", "selectattr", "slice", "sort", "sum", "unique", "xmlattr"}
"""Filters that compute, choose or switch escaping off; a query gives the page its values ready."""

TAG = re.compile(r"<(?!!--)([a-zA-Z][\w-]*)((?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.DOTALL)
FORM = re.compile(r"<form\b((?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|[^>\"])*)>(.*?)</form>", re.DOTALL | re.IGNORECASE)
TOKEN = re.compile(r"\bcsrf_token\(|\bform_hidden\(|\.csrf_token\b|\.hidden_tag\(")
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
TITLE = re.compile(r"\{%-?\s*block title\s*-?%\}(.*?)\{%-?\s*endblock", re.DOTALL)


def computing(source: str) -> list[str]:
    """Arithmetic and deciding filters, by line."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(source)
    found = [f"{node.lineno}: {type(node).__name__}" for node in tree.find_all(ARITHMETIC)]
    return found + [f"{node.lineno}: |{node.name}" for node in tree.find_all(nodes.Filter) if node.name in DECIDING]


def unescaped(source: str) -> list[str]:
    """Blocks that switch escaping off."""
    return re.findall(r"\{%-?\s*autoescape\s+false|\{%-?\s*set\s+autoescape", source)


def inline_code(source: str) -> list[str]:
    """Script and style inside the page, which the content policy forbids, and addresses of other hosts."""
    found = []
    for tag, attributes in TAG.findall(COMMENT.sub("", source)):
        lower = attributes.lower()
        if re.search(r"(?:^|\s)on[a-z]+\s*=", lower):
            found.append(f"<{tag} on…=")
        if re.search(r"(?:^|\s)style\s*=", lower):
            found.append(f"<{tag} style=")
        if tag.lower() == "style":
            found.append("<style>")
        if tag.lower() == "script" and not re.search(r"(?:^|\s)src\s*=", lower):
            found.append("<script> without src")
        if re.search(r"javascript:|(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", lower):
            found.append(f"<{tag}> leads outside")
    return found


def unprotected_forms(source: str) -> list[str]:
    """Forms that are posted without a CSRF token."""
    return [
        attributes.strip()
        for attributes, inside in FORM.findall(COMMENT.sub("", source))
        if re.search(r"method\s*=\s*[\"']?post", attributes, re.IGNORECASE) and not TOKEN.search(inside)
    ]


def patient_in_title(source: str) -> list[str]:
    """Page titles that print a value: titles show in the browser's history and task bar."""
    return [title for title in TITLE.findall(source) if "{{" in title]


RULES = [computing, unescaped, inline_code, unprotected_forms, patient_in_title]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_template_breaks_a_rule(rule: object) -> None:
    assert callable(rule)
    found = {name(file): rule(file.read_text(encoding="utf-8")) for file in templates()}
    assert {file: breaches for file, breaches in found.items() if breaches} == {}


def test_there_are_templates() -> None:
    assert PROGRAM / "templates" / "base.html" in templates()


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (computing, "{{ vial.left - site.units }}"),
        (computing, "{% if total * 2 > limit %}over{% endif %}"),
        (computing, "{{ sites | sum(attribute='units') }}"),
        (computing, "{{ note | safe }}"),
        (unescaped, "{% autoescape false %}{{ note }}{% endautoescape %}"),
        (inline_code, '<button onclick="go()">Go</button>'),
        (inline_code, "<p class='x' style='color: red'>x</p>"),
        (inline_code, "<script>go()</script>"),
        (inline_code, '<script type="module">go()</script>'),
        (inline_code, "<style>p { color: red }</style>"),
        (inline_code, '<script src="https://example.org/x.js"></script>'),
        (unprotected_forms, '<form method="post" action="{{ url }}"><button>Go</button></form>'),
        (patient_in_title, "{% block title %}{{ patient.name }}{% endblock %}"),
    ],
)
def test_a_breach_is_found(rule: object, source: str) -> None:
    assert callable(rule)
    assert rule(source)


@pytest.mark.parametrize(
    "source",
    [
        '<form method="post">{{ form_hidden(key) }}<button>Go</button></form>',
        '<form method="get" role="search"><button>Search</button></form>',
        "<script type=\"module\" src=\"{{ url_for('static', filename='js/x.mjs') }}\"></script>",
        "{{ f.id ~ '-hint' }}{{ name | trim }}{% block title %}Patients{% endblock %}<p data-on=\"x\">once = twice</p>",
    ],
)
def test_good_templates_pass(source: str) -> None:
    assert [breach for rule in RULES for breach in rule(source)] == []


class Page(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of one kind."""
        return [attributes for one, attributes in self.tags if one == tag]


def macros(file: str) -> Template:
    """One macro file, with the functions that Flask gives to templates."""
    environment = Environment(autoescape=True, loader=FileSystemLoader(PROGRAM / "templates"))
    environment.globals["csrf_token"] = lambda: "token"
    return environment.get_template(file)


class Sample(Form):
    """One field of each kind that the macros treat apart."""

    name = StringField("Name", [validators.InputRequired("Enter a name.")])
    born = DateField("Born", [validators.Optional()], description="As on the referral.")
    pregnant = RadioField("Pregnant?", [validators.InputRequired("Answer this.")], choices=[SelectChoice("y", "Yes")])


def test_a_wrong_field_says_so_to_everybody() -> None:
    form = Sample()
    assert not form.validate()
    page = Page(str(macros("macros/forms.html").module.field(form.name)))  # type: ignore[attr-defined]
    [control] = page.all("input")
    assert (control["aria-invalid"], control["aria-describedby"]) == ("true", "name-errors")
    assert any(attributes.get("id") == "name-errors" for attributes in page.all("ul"))
    assert page.all("label")[0]["for"] == control["id"]


def test_a_hint_is_tied_to_its_control() -> None:
    page = Page(str(macros("macros/forms.html").module.field(Sample().born)))  # type: ignore[attr-defined]
    [control] = page.all("input")
    assert control["aria-describedby"] == "born-hint"
    assert "aria-invalid" not in control


def test_the_summary_leads_to_every_wrong_field() -> None:
    form = Sample()
    form.validate()
    module = macros("macros/forms.html").module
    links = {link["href"] for link in Page(str(module.error_summary(form))).all("a")}  # type: ignore[attr-defined]
    fields = str(module.field(form.name)) + str(module.radios(form.pregnant))  # type: ignore[attr-defined]
    targets = {f"#{attributes['id']}" for _, attributes in Page(fields).tags if "id" in attributes}
    assert links == {"#name", "#pregnant"}
    assert links <= targets


def test_a_posted_form_carries_its_token_and_key() -> None:
    page = Page(str(macros("macros/forms.html").module.form_hidden("k-1")))  # type: ignore[attr-defined]
    assert {field["name"]: field["value"] for field in page.all("input")} == {
        "csrf_token": "token",
        "idempotency_key": "k-1",
    }


@pytest.mark.parametrize(
    ("severity", "word"), [("never", "Stop"), ("prescriber", "Stop"), ("ask", "Check"), ("warn", "Note")]
)
def test_a_finding_is_said_in_words_and_escaped(severity: str, word: str) -> None:
    finding = Finding("X-001", Severity(severity), "5 < 10 units", "session")
    html = str(macros("macros/findings.html").module.findings_list([finding]))  # type: ignore[attr-defined]
    assert f">{word}.</span> 5 &lt; 10 units" in html
    assert f"finding-{finding.key}" in html


def test_a_finding_gone_past_shows_the_reason() -> None:
    given = Override("Agreed with neurology.", "Dr A. Example", "22 Nov 2026, 10:41")
    finding = Finding("X-001", Severity.PRESCRIBER, "Over.", "session", override=given)
    html = str(macros("macros/findings.html").module.findings_list([finding]))  # type: ignore[attr-defined]
    assert "Agreed with neurology." in html
    assert "is-settled" in html


def test_styles_are_small_and_bring_nothing_from_outside() -> None:
    sheets = sorted((PROGRAM / "static" / "css").glob("*.css"))
    texts = [sheet.read_text(encoding="utf-8") for sheet in sheets]
    assert sum(len(text.encode()) for text in texts) < 66_000
    assert [
        sheet.name for sheet, text in zip(sheets, texts, strict=True) if re.search(r"@import|url\(|expression\(", text)
    ] == []


def test_colours_stand_in_the_tokens_only() -> None:
    found = {
        sheet.name: re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet.read_text(encoding="utf-8"))
        for sheet in sorted((PROGRAM / "static" / "css").glob("*.css"))
        if sheet.stem not in {"tokens", "print"}
    }
    assert {sheet: colours for sheet, colours in found.items() if colours} == {}


def test_every_template_compiles() -> None:
    environment = Environment(autoescape=True)
    for file in templates():
        environment.parse(file.read_text(encoding="utf-8"), filename=str(Path(file)))
