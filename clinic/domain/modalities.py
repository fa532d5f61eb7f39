"""What else is done or asked about beside retraining, with the evidence as it is: facts to read, nothing to recommend.

Own wording from the clinical reference, section 6 (claims 1, 5, 6, 7 and 10) and 7.3; for sign-off by a clinician.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clinic.domain.proposals import Strength


class Standing(StrEnum):
    """How a modality stands beside retraining."""

    BESIDE = "part of a package"
    UNKNOWN = "benefit not known"
    CAUTION = "caution"
    ASKED = "patients ask about it"


@dataclass(frozen=True, slots=True)
class Modality:
    """One modality: what can be said to a patient, what is known, how strong that is, and from where."""

    id: str
    title: str
    standing: Standing
    words: str
    evidence: str
    strength: Strength
    sources: tuple[str, ...]


MODALITIES: Final = (
    Modality(
        "massage",
        "Massage",
        Standing.BESIDE,
        "Gentle massage can ease tightness and help to feel the muscles. It does not bring back strength by itself. Clean"
        " hands, light pressure, from the centre outward and upward; not over toxin sites in the first 24 hours, never over"
        " the closed eye; stop with pain, a rash or a new lump.",
        "It was one part of mime therapy in a randomised trial; no trial looked at massage alone. How long and how often is"
        " not verified.",
        Strength.EXPERT,
        ("Beurskens 2006", "Facial Therapy Specialists UK"),
    ),
    Modality(
        "stretching",
        "Stretching",
        Standing.BESIDE,
        "A soft stretch keeps tight parts comfortable and comes before movement. It is not shown that it prevents"
        " shortening of a muscle.",
        "A consensus table gives 10 to 30 seconds for a stretch; it was not tried alone.",
        Strength.EXPERT,
        ("Guntinas-Lichius 2022",),
    ),
    Modality(
        "relaxation",
        "Relaxation",
        Standing.BESIDE,
        "Learning to let the face rest comes before learning to move it.",
        "One part of mime therapy, which as a whole gained 20.4 Sunnybrook points in a randomised trial; the part was not"
        " tried alone.",
        Strength.RCT,
        ("Beurskens 2006",),
    ),
    Modality(
        "mindfulness",
        "Mindfulness",
        Standing.UNKNOWN,
        "Some people find practice easier after some minutes of calm breathing. Whether it makes synkinesis milder is not"
        " known.",
        "No results: one trial of 24 people is running, an earlier one was withdrawn before anybody took part.",
        Strength.NONE,
        ("Trial registers NCT07127016 and NCT03622697",),
    ),
    Modality(
        "electrical_stimulation",
        "Electrical stimulation",
        Standing.CAUTION,
        "Generally not advised for synkinesis: no help is shown, and some specialists fear that it strengthens unwanted"
        " movement. No device at home without the facial therapist’s word.",
        "The evidence conflicts: a patients’ charity and therapists advise against it; a review found no benefit early and"
        " little evidence later; one small retrospective study found less synkinesis with it. Harm is feared, not shown.",
        Strength.EXPERT,
        ("Facial Palsy UK", "Phys Ther Rev 2017;22:169–176 (review)", "Muscle Nerve 2020;61:347–353"),
    ),
    Modality(
        "acupuncture",
        "Acupuncture",
        Standing.ASKED,
        "It has been tried; the studies are small and cannot tell whether it prevents or treats synkinesis. Whoever chooses"
        " it: a licensed practitioner, and no electrical needles on the face.",
        "One small trial (39 people against a waiting list, nobody blinded) saw better scores in late Bell’s palsy; two"
        " reviews found the studies too poor to conclude. Nothing shows that it prevents synkinesis.",
        Strength.RCT,
        ("Kwon 2015 (Trials)", "Chen 2010 (Cochrane)", "Li 2015 (PLoS ONE)"),
    ),
)
