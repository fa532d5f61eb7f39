"""Routes by stem, and what every page's frame shows."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user

from clinic.domain.actors import Actor, Permission, RecordState
from clinic.domain.emergencies import allows, holds, minutes_left, needs_it
from clinic.web import (
    accesses,
    adverse_events,
    amendment_requests,
    archives,
    assessments,
    audit,
    chair,
    clinic_reports,
    clinics,
    co_signatures,
    cohort_exports,
    cohorts,
    comparisons,
    conditions,
    csv_imports,
    diaries,
    document_packs,
    documents,
    dose_effects,
    dose_histories,
    dose_rules,
    emergencies,
    giving,
    grids,
    health,
    injections,
    instrument_wordings,
    inventory,
    issued_documents,
    joined,
    letter_templates,
    letters,
    links,
    log_books,
    logos,
    lot_recalls,
    merges,
    neurolysis,
    one_time_codes,
    pages,
    passkeys,
    patient_answers,
    patient_forms,
    patient_lots,
    patients,
    people,
    planned_sites,
    planning_rules,
    plans,
    presence,
    reconciliation,
    referrals,
    repeats,
    reviews,
    second_factors,
    sessions,
    shared_plans,
    shorthand,
    stock_levels,
    texts,
    therapy,
    timelines,
    trends,
    visit_moves,
    visits,
    work_lists,
)
from clinic.web.security import permission

_NAV = (
    ("Today", "pages.today", Permission.PATIENT_READ),
    ("Patients", "patients.index", Permission.PATIENT_READ),
    ("Work lists", "work_lists.index", Permission.PATIENT_READ),
    ("Stock", "inventory.index", Permission.STOCK_READ),
    ("Reports", "clinic_reports.index", Permission.REPORT_READ),
    ("Audit", "audit.index", Permission.AUDIT_READ),
    ("People", "accounts.people", Permission.ACCOUNTS_MANAGE),
    ("Settings", "clinics.settings", Permission.SETTINGS_MANAGE),
    ("Presets", "clinics.presets", Permission.PRESET_ACCEPT),
    ("Rules", "dose_rules.index", Permission.RULES_MANAGE),
    ("Texts", "texts.index", Permission.THERAPY_TEXT_ACCEPT),
)
_SECTIONS = {
    **dict.fromkeys(("conditions", "trends", "timelines", "comparisons"), "patients"),
    **dict.fromkeys(("dose_histories", "dose_effects", "patient_lots"), "patients"),
    **dict.fromkeys(("reconciliation", "lot_recalls", "stock_levels", "log_books"), "inventory"),
    **dict.fromkeys(("cohorts", "cohort_exports"), "clinic_reports"),
    "archives": "clinic_reports",
    "archives.patient": "patients",
    "csv_imports": "patients",
    **dict.fromkeys(("merges", "amendment_requests"), "patients"),
    **dict.fromkeys(("accesses", "emergencies"), "audit"),
}
"""Blueprints that belong to a part of the navigation under another name."""


def register(app: Flask) -> None:
    """Attach every blueprint."""
    modules = (
        pages,
        people,  # The pages of accounts too: one blueprint.
        clinics,
        logos,
        patients,
        conditions,
        inventory,
        visits,
        injections,
        shorthand,
        repeats,
        giving,
        chair,
        adverse_events,
        documents,
        audit,
        presence,
        reconciliation,
        assessments,
        grids,
        patient_forms,
        patient_answers,
        reviews,
        trends,
        instrument_wordings,
        plans,
        planned_sites,
        planning_rules,
        dose_rules,
        therapy,
        diaries,
        referrals,
        neurolysis,
        work_lists,
        shared_plans,
        document_packs,
        issued_documents,
        letter_templates,
        letters,
        texts,
        archives,
        csv_imports,
        timelines,
        comparisons,
        dose_histories,
        dose_effects,
        patient_lots,
        lot_recalls,
        stock_levels,
        log_books,
        clinic_reports,
        cohorts,
        cohort_exports,
        one_time_codes,
        second_factors,
        passkeys,
        sessions,
        co_signatures,
        amendment_requests,
        merges,
        visit_moves,
        accesses,
        emergencies,
        health,
    )
    for module in modules:
        app.register_blueprint(module.blueprint)
    joined.register(app)
    permission(Permission.PUBLIC)(app.view_functions["static"])
    app.context_processor(_frame)
    health.register(app)
    links.begin(app)


def _emergency(actor: Actor, now: datetime) -> dict[str, object] | None:
    """What the banner says while records are open to a role that reads none."""
    if actor.emergency_until is None or now >= actor.emergency_until:
        return None
    left = minutes_left(actor.emergency_until, now)
    return {"until": actor.emergency_until, "left": f"{left} minute{'' if left == 1 else 's'}"}


def _frame() -> dict[str, object]:
    actor = getattr(current_user, "actor", None)
    if actor and actor.locked_form_id:
        actor = None  # The screen is in a patient's hands: nothing on it says or opens anything of the clinic's.
    now = current_app.extensions["clinic_work"].clock()
    nav = []
    if actor and not actor.must_change_password and not actor.second_factor_missing:
        for label, endpoint, needed in _NAV:
            if holds(actor, needed, now):
                stem = endpoint.partition(".")[0]
                section = _SECTIONS.get(request.endpoint or "") or _SECTIONS.get(
                    request.blueprint or "", request.blueprint
                )
                current = request.endpoint == endpoint or (
                    section == stem and stem in {"patients", "inventory", "clinic_reports", "audit"}
                )
                nav.append({"label": label, "url": links.link(endpoint), "current": current})
    user = {"name": actor.name, "role_text": actor.role.value} if actor else None

    def may(name: str, state: str = RecordState.NONE.value) -> bool:
        return actor is not None and allows(actor, Permission(name), RecordState(state), now)

    return {
        "nav": nav,
        "user": user,
        "actor": actor,
        "may": may,
        "clinic_name": g.get("clinic_name", ""),
        "demo": g.get("is_demo", False),
        "emergency": _emergency(actor, now) if actor else None,
        "emergency_url": url_for("emergencies.begin")
        if actor and actor.may_break_glass and needs_it(actor.role)
        else None,
        "home_url": url_for("pages.today"),
        "account_url": url_for("second_factors.security") if actor and not actor.must_change_password else None,
        "sign_out_url": url_for("accounts.sign_out"),
        "idle_seconds": current_app.extensions["clinic_settings"].idle_minutes * 60 if actor else 0,
        "notices": health.watch().notices() if actor and holds(actor, Permission.SETTINGS_MANAGE, now) else [],
        "idempotency_key": secrets.token_urlsafe(16),
    }
