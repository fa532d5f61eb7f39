"""Forms of sign-in and accounts."""

from __future__ import annotations

from wtforms import BooleanField, PasswordField
from wtforms.validators import Length

from clinic.domain.actors import Role
from clinic.domain.sign_in import CodeKind
from clinic.services.one_time_codes import CODE_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, choices, needed, text


class SignInForm(StrictForm):
    """User name and password, checked exactly as typed."""

    username = text("User name", 80, needed=True)
    password = PasswordField("Password", validators=[needed(), Length(max=256)])


class PasswordForm(StrictForm):
    """The password again, for what needs it fresh."""

    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class ChangePasswordForm(StrictForm):
    """A new password."""

    password = PasswordField("Present password", validators=[needed(), Length(max=256)])
    new_password = PasswordField("New password", validators=[needed(), Length(max=256)])
    repeated = PasswordField("New password again", validators=[needed(), Length(max=256)])


class OneTimeCodeForm(StrictForm):
    """A one-time code, and the password that its person chooses with it."""

    username = text("User name", 80, needed=True)
    code = text("One-time code", CODE_MAXIMUM, needed=True)
    new_password = PasswordField("New password", validators=[needed(), Length(max=256)])
    repeated = PasswordField("New password again", validators=[needed(), Length(max=256)])


class CodeKindForm(StrictForm):
    """What a new one-time code is for."""

    kind = StrictSelect("What for", choices=choices(CodeKind))


class PersonForm(StrictForm):
    """A new person of the clinic."""

    username = text("User name", 80, needed=True, description="Never changes and is never given to somebody else.")
    name = text("Name", 200, needed=True)
    title = text("Title", 120, description="As printed before the name, for example Dr.")
    role = StrictSelect("Role", choices=choices(Role, blank="Choose …"), validators=[needed()])
    prescriber = StrictSelect("Signs under", choices=[], validate_choice=False)


class MembershipForm(StrictForm):
    """A person's role in the clinic."""

    role = StrictSelect("Role", choices=choices(Role))
    prescriber = StrictSelect("Signs under", choices=[], validate_choice=False)
    active = BooleanField("May sign in")
