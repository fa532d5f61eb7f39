"""The second step of signing in, one's own second factors, and the clinic's rule about them."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import Actor, Permission
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.sign_in import CodeKind, SecondFactorRule, TryKind, demands_second_factor
from clinic.pdf.qr import qr_code
from clinic.queries import second_factors as query
from clinic.queries.accounts import password_hash
from clinic.services import one_time_codes, recovery_codes, second_factors, sign_in_steps
from clinic.services.accounts import SYSTEM
from clinic.services.authority import require, require_fresh_password
from clinic.services.sign_in_steps import Purpose, Step
from clinic.unit_of_work import UnitOfWork
from clinic.web import known_browsers, sign_in_limits
from clinic.web.form_browsers import on_own_network
from clinic.web.forms.second_factors import AccessForm, ActForm, AuthenticatorForm, PasskeyForm, SecondStepForm
from clinic.web.passkeys import relying_party
from clinic.web.saving import attempt, shown_version
from clinic.web.security import current_actor, fresh_password, new_token, permission, safe_target, token_hash
from clinic.web.work import circumstances, once, reading, work

blueprint = Blueprint("second_factors", __name__)
Page = str | Response | tuple[str, int]
STEP, SET_UP = "step", "authenticator"
"""Names in the cookie: a half signed-in browser and an authenticator being set up hold a token, nothing else."""
WRONG_ON_PAPER = "This code is not right, or was used already."
OVER = "That took too long, or too many codes were not right. Sign in again."


def begin(actor: Actor, target: str) -> Response | None:
    """Where somebody goes whose password is right and who must give more; None when the password is enough."""
    outside = not on_own_network()
    with work().reading(SYSTEM, scoped=False) as uow:
        has = query.factors(uow, actor.user_id).number > 0
        asked = demands_second_factor(query.rule(uow, actor.clinic_id), actor.role, outside=outside)
        now = uow.now
    if not has and not (asked and outside):
        return None
    token = new_token()
    with work().housekeeping() as database:
        step = Step(actor.user_id, actor.clinic_id, "")
        sign_in_steps.begin(database, token_hash(token), Purpose.SECOND_FACTOR, now, step)
    session.clear()
    session[STEP] = token
    return redirect(url_for("second_factors.second_step", next=target))


def pending() -> tuple[Actor, query.Factors] | None:
    """Who has given the right password in this browser and nothing else yet."""
    token = session.get(STEP)
    if not isinstance(token, str):
        return None
    with work().reading(SYSTEM, scoped=False) as uow:
        owner = query.step_owner(uow, token_hash(token), Purpose.SECOND_FACTOR.value)
        actor = query.person(uow, owner[0], owner[1]) if owner else None
        return (actor, query.factors(uow, actor.user_id)) if actor else None


@blueprint.route("/sign-in/second", methods=["GET", "POST"])
@permission(Permission.PUBLIC)
def second_step() -> Page:
    """Ask for the second factor; until it is there, nobody is signed in."""
    found, form = pending(), SecondStepForm()
    if found is None:
        return to_sign_in()
    actor, factors = found
    if form.validate_on_submit():
        try:
            return _stepped(actor, form)
        except Invalid as error:
            form.refuse(error)
    shown = {"form": form, "factors": factors, "passkeys": bool(factors.passkeys) and relying_party() is not None}
    return render_template("second_factors/second_step.html", **shown), 422 if request.method == "POST" else 200


def to_sign_in() -> Response:
    """Back to the beginning, with the reason."""
    session.pop(STEP, None)
    flash(OVER)
    return redirect(url_for("accounts.sign_in", next=request.args.get("next")))


def _stepped(actor: Actor, form: SecondStepForm) -> Response:
    token, now = token_hash(session[STEP]), work().clock()
    with work().housekeeping() as database:
        claimed = sign_in_steps.claim_try(database, token, now)
    if not claimed:
        return to_sign_in()
    field = "code" if form.code.data else "other_code"
    tried = sign_in_limits.claim_confirmation(TryKind.SECOND_FACTOR, _whose_tries(actor), field)
    try:
        by = _proved(actor, form)
    except Invalid:
        event = Event(Action.SIGN_IN_REFUSED, f"user:{actor.user_id}", reason="wrong second factor")
        work().append(actor, [event], circumstances())
        raise
    sign_in_limits.give_back(tried)
    return enter(actor, by)


def _whose_tries(actor: Actor) -> str:
    """Whose codes are counted: the usual browser has tries of its own, which nobody who has the password uses up."""
    with work().reading(SYSTEM, scoped=False) as uow:
        stored = password_hash(uow, actor.user_id) or ""
    return f"{actor.user_id} in a known browser" if known_browsers.is_known(actor.user_id, stored) else actor.user_id


def enter(actor: Actor, by: str) -> Response:
    """Open the session of a finished step; its token is spent first, so that it opens one only."""
    from clinic.web import accounts  # The sign-in page knows this module already.

    token = session.pop(STEP, None)
    if isinstance(token, str):
        with work().housekeeping() as database:
            spent = sign_in_steps.spend(database, token_hash(token), Purpose.SECOND_FACTOR, work().clock())
        if spent is None:
            return to_sign_in()
    with work().reading(SYSTEM, scoped=False) as uow:
        has = query.factors(uow, actor.user_id).number > 0  # None is left after an administrator's code.
    return accounts.enter(actor, safe_target(request.args.get("next")), second_factor=has, by=by)


def _proved(actor: Actor, form: SecondStepForm) -> str:
    """Use the typed code up; gives what it was, for the audit trail. Raises Invalid."""
    if form.code.data:
        _use_app_code(actor, form.code.data)
        return "password and authenticator app"
    return _use_paper_code(actor, form.other_code.data)


def _use_app_code(actor: Actor, typed: str) -> None:
    with work().reading(SYSTEM, scoped=False) as uow:
        sealed, key, now = query.seed(uow, actor.user_id), uow.key, uow.now
    seed = second_factors.opened_seed(key, actor.user_id, sealed) if sealed else None
    steps = second_factors.matching_steps(seed, typed, now) if seed else ()
    with work().housekeeping() as database:
        if not steps or not second_factors.claim_step(database, actor.user_id, steps):
            raise Invalid({"code": second_factors.WRONG})


def _use_paper_code(actor: Actor, typed: str) -> str:
    """Use a recovery code, or an administrator's code for a lost factor, with which the old factors are gone."""
    with work().writing(actor, circumstances()) as uow:
        if recovery_codes.use_code(uow, typed):
            return "password and recovery code"
        if not one_time_codes.use(uow, actor.user_id, CodeKind.SECOND_FACTOR, typed):
            raise Invalid({"other_code": WRONG_ON_PAPER})
        second_factors.forget_factors(uow)
    return "password and an administrator's code"


@blueprint.get("/account/security")
@permission(Permission.ACCOUNT)
def security() -> Page:
    """One's own second factors."""
    return security_page(PasskeyForm(formdata=None))


def security_page(form: PasskeyForm | ActForm, status: int = 200) -> Page:
    """The page of one's second factors, after a refusal too."""
    actor = current_actor()
    with reading() as uow:
        factors, demanded = query.factors(uow, actor.user_id), query.demanded(uow, actor.user_id)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{actor.user_id}"))
    shown = {"factors": factors, "demanded": demanded, "passkeys": relying_party() is not None}
    passkey_form = form if isinstance(form, PasskeyForm) else PasskeyForm(formdata=None)
    return render_template("second_factors/security.html", form=form, passkey_form=passkey_form, **shown), status


@blueprint.post("/account/security/authenticator/new")
@permission(Permission.ACCOUNT)
@fresh_password
def new_authenticator() -> Page:
    """Draw the seed of a new authenticator app; the one in use stays until the new one has proved itself."""
    actor, token = current_actor(), new_token()
    sealed = second_factors.sealed_seed(work().key, actor.user_id, second_factors.new_seed())
    with work().housekeeping() as database:
        step = Step(actor.user_id, actor.clinic_id, sealed)
        sign_in_steps.begin(database, token_hash(token), Purpose.AUTHENTICATOR_NEW, work().clock(), step)
    session[SET_UP] = token
    return redirect(url_for("second_factors.authenticator"), 303)


@blueprint.route("/account/security/authenticator", methods=["GET", "POST"])
@permission(Permission.ACCOUNT)
def authenticator() -> Page:
    """Set an authenticator app up: its seed as a picture and as text, and a code that proves that it has it."""
    form, sealed = AuthenticatorForm(), _sealed_seed()
    if sealed is None:
        flash("Begin here. A picture to scan holds for 15 minutes, in one browser.")
        return redirect(url_for("second_factors.security"), 303)
    with reading() as uow:
        require_fresh_password(uow)
        uow.record(Event(Action.ACCOUNTS_VIEWED, f"user:{uow.actor.user_id}"))
    if form.validate_on_submit():
        try:
            return _added(sealed, form)
        except Invalid as error:
            form.refuse(error)
    return _authenticator_page(form, sealed)


def _added(sealed: str, form: AuthenticatorForm) -> Page:
    codes = recovery_codes.new_codes()
    mine = new_token()[:16]

    def run(uow: UnitOfWork) -> dict[str, object]:
        return {"made": mine, "codes": second_factors.add_authenticator(uow, sealed, form.code.data, codes)}

    answer = once(run)
    session.pop(SET_UP, None)
    return shown_once(answer, mine, codes)


def shown_once(answer: dict[str, object], mine: str, codes: tuple[str, ...]) -> Page:
    """After a change: a new session token, and recovery codes where the change made some; sent twice, they are not repeated."""
    if answer["made"] != mine:
        flash("This was done already. Recovery codes are shown only once; make new ones if you missed them.")
        return redirect(url_for("second_factors.security"), 303)
    _renewed()
    if not answer["codes"]:
        flash("It is set up.")
        return redirect(url_for("second_factors.security"), 303)
    return render_template("second_factors/recovery_codes.html", codes=codes)


def _renewed() -> None:
    from clinic.web import sessions  # A session's page and this one know each other.

    sessions.renewed(by="second factor")


def _authenticator_page(form: AuthenticatorForm, sealed: str) -> Page:
    import pyotp  # Loaded for this page only.

    actor = current_actor()
    seed = second_factors.opened_seed(work().key, actor.user_id, sealed) or ""
    link = pyotp.TOTP(seed).provisioning_uri(name=actor.username, issuer_name="Synkinesis")
    groups = re.findall("....", seed)
    page = render_template("second_factors/authenticator.html", form=form, code=qr_code(link), groups=groups)
    return page, 422 if form.errors else 200


def _sealed_seed() -> str | None:
    token = session.get(SET_UP)
    if not isinstance(token, str):
        return None
    with work().reading(SYSTEM, scoped=False) as uow:
        owner = query.step_owner(uow, token_hash(token), Purpose.AUTHENTICATOR_NEW.value)
    return owner[2] if owner and owner[0] == current_actor().user_id else None


@blueprint.post("/account/security/authenticator/remove")
@permission(Permission.ACCOUNT)
@fresh_password
def remove_authenticator() -> Page:
    """Remove the authenticator app."""
    return removed(
        second_factors.remove_authenticator, "The authenticator app is removed. Your other sessions have ended."
    )


def removed(run: Callable[[UnitOfWork], None], words: str) -> Page:
    """Remove a factor by a form without fields."""
    form = ActForm()
    outcome = attempt(form, run)
    if not outcome.saved:
        return security_page(form, outcome.status)
    flash(words)
    return redirect(url_for("second_factors.security"), 303)


@blueprint.post("/account/security/recovery-codes")
@permission(Permission.ACCOUNT)
@fresh_password
def new_recovery_codes() -> Page:
    """Make new recovery codes, shown once; the earlier ones stop working."""
    form, codes, mine = ActForm(), recovery_codes.new_codes(), new_token()[:16]

    def run(uow: UnitOfWork) -> dict[str, object]:
        recovery_codes.replace_codes(uow, codes)
        return {"made": mine, "codes": True}

    if not form.validate():
        return security_page(form, 422)
    try:
        return shown_once(once(run), mine, codes)
    except Invalid as error:
        form.refuse(error)
    return security_page(form, 422)


@blueprint.route("/settings/access", methods=["GET", "POST"])
@permission(Permission.SETTINGS_MANAGE)
def access() -> Page:
    """Who of the clinic must have a second factor, and who has none yet."""
    with reading() as uow:
        require(uow, Permission.SETTINGS_MANAGE)
        now = query.access(uow)
        uow.record(Event(Action.SETTINGS_VIEWED, "settings"))
    form = AccessForm(rule=now.rule.value)
    outcome = attempt(
        form, lambda uow: second_factors.change_rule(uow, shown_version(), SecondFactorRule(form.rule.data))
    )
    if outcome.saved:
        flash("The rule is saved. It holds from everybody’s next request.")
        return redirect(url_for("second_factors.access"), 303)
    shown = {"form": form, "page": now, "version": outcome.version(now.edit_version)}
    return render_template("second_factors/access.html", **shown), outcome.status
