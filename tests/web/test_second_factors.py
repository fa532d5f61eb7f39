"""The second step of signing in, setting up, and what a session without its second factor can reach: nothing."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.sign_in import CodeKind, SecondFactorRule
from clinic.services import accounts, one_time_codes, second_factors
from clinic.services.accounts import SYSTEM, system_actor
from clinic.services.sign_in_steps import TRIES
from clinic.unit_of_work import Work
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.second_factor_steps import (
    browser,
    code_at,
    give_authenticator,
    half_signed_in,
    set_rule,
    shown_codes,
    shown_seed,
    with_password,
)

AWAY = {"REMOTE_ADDR": "203.0.113.7"}
"""An address of nobody's network (RFC 5737)."""
SECOND = "/sign-in/second"
ADD_PASSKEY = "/account/security/passkeys"


def cookie(client: Client) -> str:
    """The session's cookie, as the browser has it."""
    found = client.get_cookie("__Host-clinic", domain="localhost")
    return found.value if found else ""


def is_signed_in(client: Client, **kwargs: Any) -> bool:
    """Whether the browser may see a page of the clinic."""
    return bool(client.get("/patients", **kwargs).status_code == 200)


def set_up_page(client: Client, **kwargs: Any) -> str:
    """The page with the picture of a new authenticator."""
    begun = client.send("/account/security/authenticator/new", **kwargs)
    assert begun.status_code == 303
    return str(client.get(begun.location, **kwargs).text)


def test_a_password_alone_opens_nothing_and_the_code_does(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-09, S-16: no session before the second factor, a new cookie after it; a code works once here too."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    client, answer = with_password(app, clinic.prescriber, target="/work-lists")
    assert answer.location.startswith(SECOND)
    half = cookie(client)
    assert not is_signed_in(client)
    page = client.get(answer.location)
    assert 'autocomplete="one-time-code"' in page.text
    wrong = client.send(answer.location, {"code": "000000"})
    assert wrong.status_code == 422
    assert "changes every 30 seconds" in wrong.text
    right = client.send(answer.location, {"code": code_at(seed, clock.now)})
    assert (right.status_code, right.location) == (302, "/work-lists")
    assert is_signed_in(client)
    assert cookie(client) != half
    again = browser(app)
    again.set_cookie("__Host-clinic", half, domain="localhost", secure=True)
    assert not is_signed_in(again), "the half signed-in cookie is worth nothing afterwards"
    assert again.send(SECOND, {"code": code_at(seed, clock.now, 1)}).location.startswith("/sign-in")
    other, answer = with_password(app, clinic.prescriber)
    assert other.send(answer.location, {"code": code_at(seed, clock.now)}).status_code == 422, "used already"


def test_what_was_shown_and_what_was_refused_is_in_the_audit_trail(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-79: a right and a wrong second factor each leave an entry; no code stands in it."""
    seed, codes = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    client = half_signed_in(app, work, clinic.prescriber)
    client.send(SECOND, {"code": "123456"})
    client.send(SECOND, {"code": code_at(seed, clock.now)})
    other = half_signed_in(app, work, clinic.prescriber)
    other.send(SECOND, {"other_code": codes[0]})
    with work.reading(SYSTEM, scoped=False) as uow:
        rows = (
            uow.session.connection()
            .execute(text('SELECT reason, "values" FROM audit_event ORDER BY chain, sequence'))
            .all()
        )
    said = repr([tuple(row) for row in rows])
    for words in ("wrong second factor", "password and authenticator app", "password and recovery code"):
        assert said.count(words) == 1, words
    assert not [secret for secret in (seed, *codes, "123456", code_at(seed, clock.now)) if secret in said]


def test_five_wrong_codes_end_the_step(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    client = half_signed_in(app, work, clinic.prescriber)
    for _ in range(TRIES):
        assert client.send(SECOND, {"code": "123456"}).status_code == 422
    assert client.send(SECOND, {"code": code_at(seed, clock.now)}).location.startswith("/sign-in")
    assert not is_signed_in(client)


def test_codes_are_throttled_over_all_steps(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-01: ten codes in 15 minutes for one person, however often the password is given."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    for _ in range(2):
        client = half_signed_in(app, work, clinic.prescriber)
        for _ in range(TRIES):
            client.send(SECOND, {"code": "123456"})
    client = half_signed_in(app, work, clinic.prescriber)
    late = client.send(SECOND, {"code": code_at(seed, clock.now)})
    assert late.status_code == 422
    assert "too many tries" in late.text
    clock.move(minutes=16)
    client = half_signed_in(app, work, clinic.prescriber)
    assert client.send(SECOND, {"code": code_at(seed, clock.now)}).location == "/"


def test_who_has_the_password_locks_nobody_out_of_the_usual_browser(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-08: codes tried elsewhere are not counted in a browser in which the person signed in before."""
    usual, _ = with_password(app, clinic.prescriber)
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    for _ in range(2):
        thief = half_signed_in(app, work, clinic.prescriber)
        for _ in range(TRIES):
            thief.send(SECOND, {"code": "123456"})
    usual.send("/sign-in", {"username": clinic.prescriber.username, "password": PASSWORD})
    assert usual.send(SECOND, {"code": code_at(seed, clock.now)}).location == "/"


def test_a_new_password_ends_the_sign_ins_that_began_with_the_old_one(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-15: also those that still wait for their second factor."""
    seed, _ = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    client = half_signed_in(app, work, clinic.prescriber)
    with work.writing(clinic.prescriber) as uow:
        accounts.set_password(uow, clinic.prescriber.user_id, "!", must_change=False)
    assert client.send(SECOND, {"code": code_at(seed, clock.now)}).location.startswith("/sign-in")
    assert not is_signed_in(client)


def test_a_session_that_moved_away_sets_no_first_factor_up_there(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-09: a stolen cookie and a password make no second factor from afar, at any of the steps."""
    set_rule(work, clinic, SecondFactorRule.ADMINISTRATORS)
    client = client_for(app, clinic.prescriber)
    begun = client.send("/account/security/authenticator/new").location
    for url in ("/account/security/authenticator/new", begun, f"{ADD_PASSKEY}/challenge", ADD_PASSKEY):
        assert client.send(url, environ_overrides=AWAY).status_code == 403, url
    assert client.get(begun, environ_overrides=AWAY).status_code == 403
    assert client.get("/account/security", environ_overrides=AWAY).status_code == 200
    assert client.get(begun).status_code == 200, "at the clinic it goes on"


def test_a_step_is_over_after_five_minutes(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    seed, _ = give_authenticator(work, clinic.prescriber)
    client = half_signed_in(app, work, clinic.prescriber)
    clock.move(minutes=5)
    gone = client.send(SECOND, {"code": code_at(seed, clock.now)})
    assert gone.location.startswith("/sign-in")
    assert "took too long" in client.get("/sign-in").text


def test_a_recovery_code_signs_in_once(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    _, codes = give_authenticator(work, clinic.prescriber)
    client = half_signed_in(app, work, clinic.prescriber)
    assert client.send(SECOND, {"other_code": codes[3]}).location == "/"
    assert is_signed_in(client)
    other = half_signed_in(app, work, clinic.prescriber)
    assert other.send(SECOND, {"other_code": codes[3]}).status_code == 422
    assert "9 of your codes are left" in client.get("/account/security").text


def test_setting_up_opens_the_record_under_a_new_token(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    """S-09, S-16: seed and picture, a code that proves it, ten recovery codes shown once; other sessions end."""
    set_rule(work, clinic, SecondFactorRule.ADMINISTRATORS)
    administrator = clinic.people[Role.ADMINISTRATOR]
    elsewhere = client_for(app, administrator)
    client = client_for(app, administrator)
    assert client.get("/people").location == "/account/security"
    before = cookie(client)
    page = set_up_page(client)
    seed = shown_seed(page)
    assert len(seed) == second_factors.SEED_LENGTH
    assert '<svg class="qr"' in page
    wrong = client.send("/account/security/authenticator", {"code": "000000"})
    assert wrong.status_code == 422
    assert shown_seed(wrong.text) == seed, "the same picture stays"
    done = client.send("/account/security/authenticator", {"code": code_at(seed, clock.now)}, key="once")
    codes = shown_codes(done.text)
    assert len(codes) == 10
    assert cookie(client) != before
    assert client.get("/people").status_code == 200
    assert elsewhere.get("/people").location.startswith("/sign-in")
    again = client.send("/account/security/authenticator", {"code": code_at(seed, clock.now)}, key="once")
    assert not any(code in again.text for code in codes), "they are shown once"
    assert not any(code in client.get("/account/security").text for code in codes)
    with work.engine.connect() as connection:
        kept = repr(connection.execute(text("SELECT * FROM idempotency_key")).all())
    assert seed not in kept
    assert not any(code in kept for code in codes)


def test_a_stale_password_is_asked_for_before_anything_is_shown_or_changed(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-22: seed, removal, recovery codes and rule need the password of the last five minutes."""
    give_authenticator(work, clinic.people[Role.ADMINISTRATOR])
    client = client_for(app, clinic.people[Role.ADMINISTRATOR])
    seed = shown_seed(set_up_page(client))
    clock.move(minutes=6)
    stale = client.get("/account/security/authenticator")
    assert stale.location.startswith("/account/confirm")
    assert shown_seed(stale.text) == ""
    for address, data in (
        ("/account/security/authenticator", {"code": code_at(seed, clock.now)}),
        ("/account/security/authenticator/new", {}),
        ("/account/security/authenticator/remove", {}),
        ("/account/security/recovery-codes", {}),
        ("/account/security/passkeys/challenge", {}),
        ("/settings/access", {"rule": "everybody", "edit_version": "1"}),
    ):
        assert client.send(address, data).status_code in {302, 303, 401}, address
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.connection().execute(text("SELECT count(*) FROM authenticator")).scalar_one() == 1
        assert uow.session.connection().execute(text("SELECT second_factor FROM clinic")).scalar_one() == "nobody"


def test_the_rule_is_set_on_the_settings_page_which_says_who_has_none(
    app: Flask, work: Work, clinic: ClinicWorld
) -> None:
    client = client_for(app, clinic.people[Role.ADMINISTRATOR])
    give_authenticator(work, clinic.prescriber)
    page = client.get("/settings/access").text
    assert "Ada Therapist" in page
    assert "Ada Prescriber" not in page
    version = re.search(r'name="edit_version" value="(\d+)"', page)
    assert version
    assert client.send("/settings/access", {"rule": "sometimes", "edit_version": version[1]}).status_code == 422
    saved = client.send("/settings/access", {"rule": "everybody", "edit_version": version[1]})
    assert saved.status_code == 303
    assert client.get("/people").location == "/account/security", "it holds for oneself from the next request"
    assert client_for(app, clinic.people[Role.THERAPIST]).get("/patients").location == "/account/security"


def test_from_outside_the_network_a_password_is_not_enough(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-09: away from the clinic everybody needs a second factor; who has none needs an administrator's code first."""
    set_rule(work, clinic, SecondFactorRule.ADMINISTRATORS)
    inside, answer = with_password(app, clinic.prescriber)
    assert answer.location == "/"
    assert is_signed_in(inside)
    assert inside.get("/patients", environ_overrides=AWAY).location == "/account/security", "the session moved away"
    assert inside.send("/account/sessions/end-others", environ_overrides=AWAY).status_code == 403
    assert is_signed_in(inside), "back at the clinic it goes on"
    client, answer = with_password(app, clinic.prescriber, environ_overrides=AWAY)
    assert answer.location.startswith(SECOND)
    assert "ask an administrator for a code" in client.get(SECOND, environ_overrides=AWAY).text
    code = issued(work, clinic.prescriber)
    assert client.send(SECOND, {"other_code": code}, environ_overrides=AWAY).location == "/"
    assert client.get("/patients", environ_overrides=AWAY).location == "/account/security"
    page = set_up_page(client, environ_overrides=AWAY)
    typed = {"code": code_at(shown_seed(page), clock.now)}
    assert client.send("/account/security/authenticator", typed, environ_overrides=AWAY).status_code == 200
    assert is_signed_in(client, environ_overrides=AWAY)


def issued(work: Work, actor: Actor) -> str:
    """A code for a lost second factor, as whoever runs the server makes it."""
    code = one_time_codes.new_code()
    with work.writing(system_actor(actor.clinic_id)) as uow:
        one_time_codes.issue(uow, actor.user_id, CodeKind.SECOND_FACTOR, code)
    return code


def test_a_lost_factor_is_replaced_by_an_administrators_code(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    """S-14, P-11: the old factors are gone with it, it works once, sessions end, and all of it is in the audit trail."""
    set_rule(work, clinic, SecondFactorRule.EVERYBODY)
    seed, recovery = give_authenticator(work, clinic.prescriber)
    clock.move(minutes=2)
    code = issued(work, clinic.prescriber)
    client = half_signed_in(app, work, clinic.prescriber)
    assert client.send(SECOND, {"other_code": code[:-1]}).status_code == 422
    assert client.send(SECOND, {"other_code": code}).location == "/"
    assert client.get("/patients").location == "/account/security"
    with work.reading(SYSTEM, scoped=False) as uow:
        said = set(uow.session.connection().execute(text("SELECT action FROM audit_event")).scalars())
    assert {"user.code_issued", "user.code_used", "user.second_factor_reset"} <= said
    page = set_up_page(client)
    client.send("/account/security/authenticator", {"code": code_at(shown_seed(page), clock.now)})
    assert is_signed_in(client)
    other = half_signed_in(app, work, clinic.prescriber)
    for old in ({"code": code_at(seed, clock.now)}, {"other_code": recovery[0]}, {"other_code": code}):
        assert other.send(SECOND, old).status_code == 422


def test_nobody_resets_ones_own_second_factor_silently(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-14: an only administrator cannot make a code for oneself."""
    administrator = clinic.people[Role.ADMINISTRATOR]
    client = client_for(app, administrator)
    own = client.send(f"/people/{administrator.user_id}/code", {"kind": "second factor"})
    assert own.status_code == 422
    client.send(f"/people/{clinic.prescriber.user_id}/code", {"kind": "second factor"})
    with work.reading(SYSTEM, scoped=False) as uow:
        made = uow.session.connection().execute(text("SELECT user_id FROM one_time_code")).scalars().all()
    assert made == [clinic.prescriber.user_id], "for another person the same form makes one"


def test_the_server_makes_a_code_for_an_only_administrator(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    """S-14: by the command line, audited as the system's."""
    give_authenticator(work, clinic.people[Role.ADMINISTRATOR])
    runner = app.test_cli_runner()
    said = runner.invoke(args=["clinic", "reset-second-factor", "ADMINISTRATOR"])
    assert said.exit_code == 0, said.output
    found = re.search(r": ([0-9a-z-]{30,})", said.output)
    assert found
    client = half_signed_in(app, work, clinic.people[Role.ADMINISTRATOR])
    assert client.send(SECOND, {"other_code": found[1]}).location == "/"
    with work.reading(SYSTEM, scoped=False) as uow:
        rows = uow.session.connection().execute(
            text("SELECT user_id FROM audit_event WHERE action = 'user.code_issued'")
        )
        assert rows.scalars().all() == ["system"]
    assert runner.invoke(args=["clinic", "reset-second-factor", "nobody"]).exit_code == 1


def test_a_picture_to_scan_is_this_browsers_and_holds_for_15_minutes(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    client = client_for(app, clinic.prescriber)
    assert client.get("/account/security/authenticator").location == "/account/security"
    seed = shown_seed(set_up_page(client))
    clock.move(minutes=14, seconds=59)
    client.get("/account/security")
    with work.housekeeping() as database:
        database.execute(text("UPDATE server_session SET password_at = seen_at"))
    assert shown_seed(client.get("/account/security/authenticator").text) == seed
    clock.move(seconds=1)
    late = client.send("/account/security/authenticator", {"code": code_at(seed, clock.now)})
    assert (late.status_code, late.location) == (303, "/account/security")
    with work.reading(SYSTEM, scoped=False) as uow:
        assert uow.session.connection().execute(text("SELECT count(*) FROM authenticator")).scalar_one() == 0


def test_removing_and_making_codes_anew_on_the_account_page(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    give_authenticator(work, clinic.prescriber)
    client = client_for(app, clinic.prescriber)
    made = client.send("/account/security/recovery-codes")
    assert len(shown_codes(made.text)) == 10
    gone = client.send("/account/security/authenticator/remove")
    assert gone.status_code == 303
    assert "Set up an authenticator app" in client.get("/account/security").text
    assert client.send("/account/security/recovery-codes").status_code == 422


def test_the_last_factor_is_not_removed_where_it_is_demanded(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    give_authenticator(work, clinic.prescriber)
    set_rule(work, clinic, SecondFactorRule.EVERYBODY)
    client = client_for(app, clinic.prescriber)
    with work.housekeeping() as database:
        database.execute(text("UPDATE server_session SET second_factor_at = seen_at"))
    kept = client.send("/account/security/authenticator/remove")
    assert kept.status_code == 422
    assert "your last one" in kept.text
