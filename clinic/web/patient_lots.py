"""The lots that a patient had."""

from __future__ import annotations

from flask import Blueprint, render_template

from clinic.domain.actors import ROLES, Permission
from clinic.domain.events import Action, Event
from clinic.queries.patient_lots import patient_lots
from clinic.queries.patients import strip
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("patient_lots", __name__, url_prefix="/patients/<patient_id>")


@blueprint.get("/lots")
@permission(Permission.PATIENT_READ)
def show(patient_id: str) -> str:
    """Every lot with its sessions, those that nobody knows, and toxin given elsewhere."""
    with reading() as uow:
        who, found = strip(uow, patient_id), patient_lots(uow, patient_id)
        uow.record(Event(Action.PATIENT_VIEWED, "patient.patient_lots", patient_id))
    may_stock = current_actor().role in ROLES[Permission.STOCK_READ]
    return render_template("patient_lots/show.html", patient=who, found=found, may_stock=may_stock)
