"""The clinic's logo: whatever is uploaded is decoded, drawn anew on white, and kept as PNG without anything else in it."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import ClinicLogo
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from PIL import Image

BYTES_MAXIMUM: Final = 2_000_000
SIDE_MAXIMUM: Final = 4_000
PIXELS_MAXIMUM: Final = 16_000_000
KEPT_SIDE: Final = 1_200
FORMATS: Final = ("PNG", "JPEG", "WEBP")
_WHITE: Final = (255, 255, 255)
_WRONG_KIND: Final = "Choose a picture as PNG, JPEG or WebP. Other kinds, SVG among them, are not taken."
_DAMAGED: Final = "The picture could not be read to its end. Save it again as PNG and choose that file."


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo ready to be kept: PNG, its size in pixels."""

    body: bytes
    width: int
    height: int


def drawn_anew(upload: bytes) -> Logo:
    """The uploaded picture as a new PNG of at most 1,200 pixels a side. Raises Invalid beside ``logo``.

    Its size is read and judged before a single pixel is decoded.
    """
    from PIL import Image, UnidentifiedImageError  # Large, and needed by those who choose a logo alone.

    if not upload:
        raise _refused("Choose a file first.")
    if len(upload) > BYTES_MAXIMUM:
        raise _refused("The file is larger than 2 MB. Save the picture smaller and choose it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(upload), formats=FORMATS) as picture:
                _check_size(picture)
                return _canvas(picture)
    except UnidentifiedImageError as error:
        raise _refused(_WRONG_KIND) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_too_large()) from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:  # What Pillow raises for torn files.
        raise _refused(_DAMAGED) from error


def change_logo(uow: UnitOfWork, logo: Logo) -> None:
    """Put a logo on the clinic's prints from now on; kept documents keep the one they were printed with."""
    require(uow, Permission.SETTINGS_MANAGE)
    sha256 = hashlib.sha256(logo.body).hexdigest()
    row = uow.session.get(ClinicLogo, uow.clinic_id, with_for_update=True)
    old = {"sha256": row.sha256} if row else {}
    if row is None:
        values = _values(uow, logo, sha256)
        row = ClinicLogo(clinic_id=uow.clinic_id, **values)
        uow.session.add(row)
    else:
        for name, value in _values(uow, logo, sha256).items():
            setattr(row, name, value)
    new = {"sha256": sha256, "width": logo.width, "height": logo.height}
    uow.record(Event(Action.LOGO_CHANGED, f"clinic:{uow.clinic_id}", old=old, new=new))


def remove_logo(uow: UnitOfWork) -> None:
    """Print without a logo from now on. Raises NotFound without one."""
    require(uow, Permission.SETTINGS_MANAGE)
    row = uow.session.get(ClinicLogo, uow.clinic_id, with_for_update=True)
    if row is None:
        raise NotFound
    uow.session.delete(row)
    uow.record(Event(Action.LOGO_CHANGED, f"clinic:{uow.clinic_id}", old={"sha256": row.sha256}, new={"sha256": ""}))


def _values(uow: UnitOfWork, logo: Logo, sha256: str) -> dict[str, Any]:
    about: dict[str, Any] = {"width": logo.width, "height": logo.height, "sha256": sha256, "body": logo.body}
    return about | {"uploaded_by": uow.actor.name, "uploaded_at": uow.now}


def _check_size(picture: Image.Image) -> None:
    if getattr(picture, "n_frames", 1) != 1:
        raise _refused("The picture moves. Choose one with a single frame.")
    width, height = picture.size
    if max(width, height) > SIDE_MAXIMUM or width * height > PIXELS_MAXIMUM:
        raise _refused(_too_large())


def _canvas(picture: Image.Image) -> Logo:
    from PIL import Image, ImageOps  # See ``drawn_anew``.

    # A new canvas takes pixels only: no metadata, profile, palette or trailing bytes of the upload come along.
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    canvas = Image.new("RGB", upright.size, _WHITE)
    canvas.paste(upright, mask=upright.getchannel("A"))
    target = io.BytesIO()
    canvas.save(target, format="PNG", optimize=True)
    return Logo(target.getvalue(), *canvas.size)


def _too_large() -> str:
    return "The picture is larger than 4000 pixels a side or 16 million in all. Save it smaller and choose it again."


def _refused(words: str) -> Invalid:
    return Invalid({"logo": words})
