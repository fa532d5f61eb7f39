"""The clinic's logo, and what the clinic chose for its prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from clinic.domain.errors import NotFound
from clinic.domain.visit_content import ClinicContent
from clinic.models import Clinic, ClinicLogo
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """What every print of a clinic has: paper, line at the foot, time zone, and the logo as PNG (b"" without one)."""

    paper: str
    footer: str
    time_zone: str
    clinic: ClinicContent
    logo: bytes = b""
    logo_width: int = 0
    logo_height: int = 0


@dataclass(frozen=True, slots=True)
class LogoAbout:
    """The logo in words: its size in pixels, and who uploaded it when."""

    width: int
    height: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class LogoImage:
    """The logo with the hash that its bytes must have."""

    sha256: str
    body: bytes


def print_settings(uow: UnitOfWork) -> PrintSettings:
    """What the actor's clinic chose for its prints. One statement."""
    row = uow.session.execute(
        select(
            Clinic.paper,
            Clinic.footer,
            Clinic.name,
            Clinic.address,
            Clinic.phone,
            Clinic.time_zone,
            ClinicLogo.body,
            ClinicLogo.width,
            ClinicLogo.height,
        )
        .select_from(Clinic)
        .outerjoin(ClinicLogo, and_(ClinicLogo.clinic_id == Clinic.id))
        .where(Clinic.id == uow.clinic_id)
    ).one()
    return PrintSettings(
        row.paper,
        row.footer,
        row.time_zone,
        ClinicContent(row.name, row.address, row.phone, row.time_zone),
        row.body or b"",
        row.width or 0,
        row.height or 0,
    )


def logo_about(uow: UnitOfWork) -> LogoAbout | None:
    """What is known of the logo, or None without one. One statement."""
    one = ClinicLogo
    row = uow.session.execute(select(one.width, one.height, one.sha256, one.uploaded_by, one.uploaded_at)).one_or_none()
    return LogoAbout(*row) if row else None


def logo_image(uow: UnitOfWork) -> LogoImage:
    """The logo itself. Raises NotFound without one."""
    row = uow.session.execute(select(ClinicLogo.sha256, ClinicLogo.body)).one_or_none()
    if row is None:
        raise NotFound
    return LogoImage(*row)
