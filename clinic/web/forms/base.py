"""A strict form: unknown and repeated keys are refused, and what was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, PasswordField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from clinic.domain.errors import Invalid
from clinic.domain.quantities import QuantityError, parse_millilitres, parse_units
from clinic.domain.unreadable import UNREADABLE, UNREADABLE_TEXT

ALWAYS = frozenset({"csrf_token", "idempotency_key", "edit_version"})
NOTE_MAXIMUM = 4000


class StrictForm(FlaskForm):
    """Base of all forms. CSRF is checked for the whole application, so the form itself has no token field."""

    class Meta(FlaskForm.Meta):
        csrf = False

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Take nothing but blanks as nothing: ``Optional`` lets them pass, and no field's value is made of them."""
            if not issubclass(unbound_field.field_class, PasswordField):
                options["filters"] = [*options.get("filters", ()), _blanks_as_nothing]
            return super().bind_field(form, unbound_field, options)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse unknown and repeated keys, then validate the fields."""
        strange = self._strange_keys()
        good = bool(super().validate(extra_validators)) and self._is_readable()
        if strange:
            g.strange_keys = True  # Nobody's browser sends them: the refusal is in the audit trail.
            self.form_errors.append(
                f"The form sent something that it does not have: {', '.join(sorted(strange))[:100]}."
            )
        return good and not strange

    def _is_readable(self) -> bool:
        """Refuse signs that nobody sees and that change the order of what is read, beside their field."""
        bad = [
            field
            for name, field in self._fields.items()
            if not isinstance(field, PasswordField) and any(map(UNREADABLE.search, request.form.getlist(name)))
        ]
        for field in bad:
            field.errors = [*field.errors, UNREADABLE_TEXT]
        return not bad

    def _strange_keys(self) -> set[str]:
        known: set[str] = set(ALWAYS)
        several: set[str] = set()
        for name, field in self._fields.items():
            known.add(name)
            if isinstance(field, SelectMultipleField | FieldList):
                several.add(name)
        strange = {name for name in request.form if name not in known}
        repeated = {n for n in request.form if n not in several and len(request.form.getlist(n)) > 1}
        return strange | repeated

    def refuse(self, error: Invalid) -> None:
        """Put a domain refusal beside its fields; what belongs to none goes to the summary."""
        for name, message in error.fields.items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]

    @property
    def messages(self) -> dict[str, str]:
        """All errors as one message a field, for a JSON answer."""
        found = {name: " ".join(map(str, field.errors)) for name, field in self._fields.items() if field.errors}
        if self.form_errors:
            found[""] = " ".join(map(str, self.form_errors))
        return found


def _blanks_as_nothing(value: Any) -> Any:
    return "" if isinstance(value, str) and not value.strip() else value


class UnitsField(StringField):
    """A dose in units: ``units`` holds the Decimal once valid; the text stays as typed."""

    def pre_validate(self, form: Any) -> None:
        self.units: Decimal | None = None
        if not (self.data or "").strip() and self.flags.optional:
            return
        try:
            self.units = parse_units(self.data or "")
        except QuantityError as error:
            raise ValidationError(str(error)) from error


class MillilitresField(StringField):
    """A volume in mL: ``microlitres`` holds the whole number once valid."""

    def pre_validate(self, form: Any) -> None:
        self.microlitres: int | None = None
        if not (self.data or "").strip() and self.flags.optional:
            return
        try:
            self.microlitres = parse_millilitres(self.data or "")
        except QuantityError as error:
            raise ValidationError(str(error)) from error


def choices(kind: Any, labels: Mapping[Any, str] | None = None, *, blank: str | None = None) -> list[SelectChoice]:
    """Choices of an enumeration for a select field, with an optional blank first."""
    found = [] if blank is None else [SelectChoice(value="", label=blank)]
    for member in kind:
        label = (labels or {}).get(member) or getattr(member, "label", None) or member.value
        found.append(SelectChoice(value=member.value, label=label))
    return found


def text(label: str, maximum: int = 200, *, needed: bool = False, **options: Any) -> StringField:
    """A text field of at most ``maximum`` characters."""
    validators: list[Any] = [Length(max=maximum, message=f"At most {maximum} characters.")]
    if needed:
        validators.insert(0, _Needed())
    else:
        validators.insert(0, Optional())
    return StringField(label, validators=validators, **options)


class _Needed:
    """A value that must not be blank; the message says so in plain words."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Field) -> None:
        if not str(field.data or "").strip():
            raise ValidationError(f"{field.label.text} is needed.")


needed = _Needed


class StrictSelect(SelectField):
    """A select that answers with words when a value is not on its list."""

    def pre_validate(self, form: Any) -> None:
        if self.process_errors or not self.validate_choice:
            return
        # Asked before the library would make an object of every choice, groups included, to ask each.
        offered = self.choices or ()
        listed = chain.from_iterable(offered.values()) if isinstance(offered, dict) else offered
        if not any(self.coerce(one.value) == self.data for one in listed):
            raise ValidationError("Choose one from the list.")
