"""Forms of sessions and of the lock."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField
from wtforms.validators import Length

from clinic.web.forms.base import StrictForm, needed

_ID_MAXIMUM = 26
_ADDRESS_MAXIMUM = 2000


class UnlockForm(StrictForm):
    """The password of whoever's session this is; ``user`` is who the page was made for, ``next`` where it goes on."""

    password = PasswordField("Your password", validators=[needed(), Length(max=256)])
    user = HiddenField(validators=[Length(max=_ID_MAXIMUM)])
    next = HiddenField(validators=[Length(max=_ADDRESS_MAXIMUM)])
