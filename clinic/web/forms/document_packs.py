"""The form of a print pack: which documents, in which language and size of type, without which parts, for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import Field, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from clinic.domain.documents.kinds import SHAPES, DocumentKind, Edition
from clinic.domain.documents.texts import languages
from clinic.queries.document_packs import kinds
from clinic.services.issued_documents import PURPOSE_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, text

PARTS_MAXIMUM = 200
PART_MAXIMUM = 120
WHO_MAXIMUM = 150
_GIVEN_TO = ("patient", "patient’s relative", "referring doctor", "other doctor", "therapist", "payer", "other")


@dataclass(frozen=True, slots=True)
class Chosen:
    """How one document was asked for."""

    kind: DocumentKind
    language: str
    edition: Edition
    left_out: frozenset[str]


class _OwnSelect(StrictSelect):
    """A select whose value may be missing: the patient's own then holds."""

    def pre_validate(self, form: Any) -> None:
        if self.raw_data:
            super().pre_validate(form)


class PackForm(StrictForm):
    """What is the same for every pack; the fields of each document are added by ``pack_form``."""

    documents = SelectMultipleField("Documents", choices=[], validate_choice=False)
    given_to = StrictSelect("Given to", choices=[SelectChoice(value=one, label=one) for one in _GIVEN_TO])
    who = text("Name or place", WHO_MAXIMUM, description="Who exactly, where it is not the patient.")
    purpose = text("Purpose", PURPOSE_MAXIMUM, description="Such as: to take home after the session.")
    look = StringField("Look at")

    def validate_documents(self, field: Field) -> None:
        """Refuse a kind that this page does not offer."""
        if strange := set(field.data or ()) - {kind.slug for kind in self.kinds}:
            raise ValidationError(f"There is no document {min(strange)[:40]} on this page.")

    @property
    def kinds(self) -> tuple[DocumentKind, ...]:
        """The documents that the page offers."""
        offered: tuple[DocumentKind, ...] = getattr(self, "offered", ())
        return offered

    @property
    def ticked(self) -> tuple[Chosen, ...]:
        """The documents that were ticked, in the order of the page."""
        return tuple(self.chosen(kind) for kind in self.kinds if kind.slug in (self.documents.data or ()))

    @property
    def looked_at(self) -> Chosen | None:
        """The document whose preview is asked for, or None."""
        return next((self.chosen(kind) for kind in self.kinds if kind.slug == self.look.data), None)

    def chosen(self, kind: DocumentKind) -> Chosen:
        """How one document is asked for: parts that were offered and are not ticked are left out."""
        if not SHAPES[kind].translated:
            language, edition = "", Edition.NORMAL
        else:
            code, size = self[f"language-{kind.slug}"].data, self[f"edition-{kind.slug}"].data
            language = code if code in languages() else ""
            edition = Edition.LARGE if size == Edition.LARGE.value else Edition.NORMAL
        offered, kept = self[f"offered-{kind.slug}"].data or [], self[f"parts-{kind.slug}"].data or []
        return Chosen(kind, language, edition, parts(set(offered) - set(kept)))

    @property
    def recipient(self) -> str:
        """To whom it is given, in words."""
        who = (self.who.data or "").strip()
        return f"{self.given_to.data}: {who}" if who else str(self.given_to.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for more where “other” alone says nothing."""
        good = super().validate(extra_validators)
        if self.given_to.data == "other" and not (self.who.data or "").strip():
            self.who.errors = [*self.who.errors, "Say who it is."]
            return False
        return good


def parts(keys: set[str]) -> frozenset[str]:
    """Keys of parts as somebody sent them, without what no key can be."""
    return frozenset(sorted(key for key in keys if 0 < len(key) <= PART_MAXIMUM)[:PARTS_MAXIMUM])


def pack_form(visit_id: str | None, language: str = "", edition: Edition = Edition.NORMAL) -> PackForm:
    """The form of a visit's page, or of a patient's without a visit; ``language`` and ``edition`` are the patient's."""
    fields: dict[str, Any] = {"offered": kinds(visit_id)}
    codes = [SelectChoice(value=one.code, label=one.english) for one in languages().values()]
    sizes = [SelectChoice(value=one.value, label=_SIZES[one]) for one in Edition]
    for kind in kinds(visit_id):
        for name in ("offered", "parts"):
            fields[f"{name}-{kind.slug}"] = SelectMultipleField(kind.label, choices=[], validate_choice=False)
        if SHAPES[kind].translated:
            fields[f"language-{kind.slug}"] = _OwnSelect("Language", choices=codes, default=language)
            fields[f"edition-{kind.slug}"] = _OwnSelect("Type", choices=sizes, default=edition.value)
    made: type[PackForm] = type("MadePackForm", (PackForm,), fields)
    return made()


_SIZES: Mapping[Edition, str] = {Edition.NORMAL: "normal", Edition.LARGE: "large"}
