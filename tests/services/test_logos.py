"""Logos: whatever is uploaded, what is kept is a small PNG drawn anew; everything else is refused beside its field."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw, PngImagePlugin
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted
from clinic.models import AuditEvent, ClinicLogo
from clinic.queries.logos import print_settings
from clinic.services import logos
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    image = Image.new(mode, size, (200, 10, 10, 128)[: len(mode)] if mode != "L" else 90)
    ImageDraw.Draw(image).rectangle((0, 0, 3, 3), fill=(0, 0, 255, 255)[: len(mode)] if mode != "L" else 0)
    image.save(target, format=kind, **options)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it is enormous."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")


def refusal(upload: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        logos.drawn_anew(upload)
    assert set(caught.value.fields) == {"logo"}
    return caught.value.fields["logo"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_each_kind_becomes_png(kind: str) -> None:
    logo = logos.drawn_anew(picture(kind))
    with Image.open(io.BytesIO(logo.body)) as found:
        assert (found.format, found.mode, found.size) == ("PNG", "RGB", (40, 20))
    assert (logo.width, logo.height) == (40, 20)


@pytest.mark.parametrize("mode", ["L", "RGBA", "RGB"])
def test_what_is_transparent_becomes_white_paper(mode: str) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(target, format="PNG")
    with Image.open(io.BytesIO(logos.drawn_anew(target.getvalue()).body)) as found:
        assert found.getpixel((5, 5)) == (255, 255, 255)
    assert logos.drawn_anew(picture(mode=mode)).body.startswith(b"\x89PNG")


def test_nothing_but_pixels_is_kept() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "PRIVATE-NOTE")
    upload = picture(pnginfo=notes) + b"TRAILING-BYTES<script>"
    body = logos.drawn_anew(upload).body
    assert b"PRIVATE-NOTE" in upload
    for secret in (b"PRIVATE-NOTE", b"TRAILING-BYTES", b"eXIf", b"iCCP", b"tEXt"):
        assert secret not in body


def test_a_picture_that_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    logo = logos.drawn_anew(picture("JPEG", exif=exif))
    assert (logo.width, logo.height) == (20, 40)


@pytest.mark.parametrize(
    ("size", "kept"), [((1200, 600), (1200, 600)), ((1201, 300), (1200, 300)), ((2400, 4), (1200, 2))]
)
def test_a_large_picture_is_kept_smaller(size: tuple[int, int], kept: tuple[int, int]) -> None:
    logo = logos.drawn_anew(picture(size=size))
    assert (logo.width, logo.height) == kept


@pytest.mark.parametrize(
    "upload", [SVG, b"GIF89a" + b"\0" * 30, b"%PDF-1.7", b"BM" + b"\0" * 60, b"<html>", b"\0" * 100], ids=range(6)
)
def test_other_kinds_are_refused_by_their_content(upload: bytes) -> None:
    assert "PNG, JPEG or WebP" in refusal(upload)


def test_nothing_chosen_is_said() -> None:
    assert "Choose a file" in refusal(b"")


def test_a_file_above_two_megabytes_is_refused_before_it_is_read() -> None:
    whole = picture()
    logos.drawn_anew(whole + b"\0" * (logos.BYTES_MAXIMUM - len(whole)))
    assert "larger than 2 MB" in refusal(whole + b"\0" * (logos.BYTES_MAXIMUM - len(whole) + 1))


@pytest.mark.parametrize("size", [(4001, 10), (10, 4001), (60_000, 60_000), (20_000, 20_000)])
def test_a_picture_that_says_it_is_enormous_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert "larger than 4000 pixels" in refusal(bomb(*size))


def test_sides_at_their_limit_are_taken() -> None:
    logo = logos.drawn_anew(picture(size=(4000, 2)))
    assert logo.width == 1200


def test_a_torn_picture_is_refused() -> None:
    whole = picture(size=(300, 300))
    assert "could not be read" in refusal(whole[: len(whole) // 2])


def test_a_moving_picture_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((0, 0, 0), (255, 0, 0))]
    target = io.BytesIO()
    frames[0].save(target, format="WEBP", save_all=True, append_images=frames[1:])
    assert "single frame" in refusal(target.getvalue())


def test_a_logo_is_kept_changed_and_removed_with_its_entries(work: Work, clinic: ClinicWorld) -> None:
    administrator = clinic.people[Role.ADMINISTRATOR]
    for size in ((40, 20), (30, 30)):
        with work.writing(administrator) as uow:
            logos.change_logo(uow, logos.drawn_anew(picture(size=size)))
    with work.reading(administrator) as uow:
        settings = print_settings(uow)
        assert (settings.logo_width, settings.logo_height) == (30, 30)
        assert len(list(uow.session.scalars(select(ClinicLogo.sha256)))) == 1
    with work.writing(administrator) as uow:
        logos.remove_logo(uow)
    with work.reading(administrator) as uow:
        assert print_settings(uow).logo == b""
        actions = list(uow.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "clinic.logo_changed")))
    assert len(actions) == 3
    with pytest.raises(NotFound), work.writing(administrator) as uow:
        logos.remove_logo(uow)


def test_a_clinic_has_its_own_logo(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld) -> None:
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        logos.change_logo(uow, logos.drawn_anew(picture()))
    with work.reading(other_clinic.prescriber) as uow:
        assert print_settings(uow).logo == b""


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.AUDITOR, Role.ASSISTANT])
def test_only_who_manages_the_settings_changes_it(work: Work, clinic: ClinicWorld, role: Role) -> None:
    logo = logos.drawn_anew(picture())
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        logos.change_logo(uow, logo)
    with pytest.raises(NotPermitted), work.writing(clinic.people[role]) as uow:
        logos.remove_logo(uow)
