"""Repeating an earlier session: its pattern of sites, never its vial, consent, answers or time-out."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.domain.errors import Invalid, NotFound
from clinic.domain.site_copies import SiteCopy, both_sides
from clinic.domain.wording import day_text
from clinic.models import InjectionSite
from clinic.queries import earlier_sessions
from clinic.services.injection_sites import palsy_sides
from clinic.services.site_copies import Manner, Origin, bring, hold_for_copies
from clinic.unit_of_work import UnitOfWork


def repeat(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    source_id: str,
    *,
    syringe_id: str | None = None,
    site_ids: Iterable[str] = (),
    other_side: bool = False,
    without_doses: bool = False,
) -> int:
    """Copy sites of an earlier session (all of them, or those named) into a draft, unconfirmed; gives how many.

    They are drawn from today's syringe, or from a vial to be added. Sites that came from the same one before are left
    out. Raises NotFound for a session or site that is not this patient's to repeat, WrongStep in an amendment or a
    transcription, Invalid as ``site_copies.bring``, and beside ``other_side`` unless the palsy is on both sides.
    """
    visit = hold_for_copies(uow, visit_id, edit_version)
    on, _, copies = earlier_sessions.source(uow, visit_id, source_id)
    bilateral = both_sides(palsy_sides(uow, visit))
    if other_side and not bilateral:
        raise Invalid(
            {
                "other_side": "The palsy of this visit is not recorded on both sides, so a session is repeated only on the "
                "sides where it was given. Nothing was brought."
            }
        )

    def there(site: InjectionSite, one: SiteCopy) -> bool:
        # On both sides a site may be meant once on each; else one that was moved since still counts as brought.
        return site.from_previous_site == one.id and (not bilateral or site.side is one.placed.side)

    origin = Origin(f"visit:{source_id}", f"the session of {day_text(on)}", f"repeated from {day_text(on)}", day=on)
    return bring(uow, visit, _chosen(copies, site_ids), Manner(syringe_id, other_side, without_doses), origin, there)


def _chosen(copies: tuple[SiteCopy, ...], site_ids: Iterable[str]) -> tuple[SiteCopy, ...]:
    wanted = set(site_ids)
    if not wanted <= {one.id for one in copies}:
        raise NotFound
    return tuple(one for one in copies if one.id in wanted) if wanted else copies
