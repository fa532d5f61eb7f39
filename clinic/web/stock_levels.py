"""What is unopened, runs low or expires; and over a period what was wasted and whether the books balance."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clinic.domain.actors import ROLES, Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.inventory import CountKind
from clinic.domain.log_books import asked_period, usual_period
from clinic.domain.products import product_name, products
from clinic.domain.stock_levels import WITHIN, ProductLevel
from clinic.queries import stock_levels as query
from clinic.services import stock_levels as service
from clinic.web.forms.stock_levels import CountForm, MinimumForm
from clinic.web.saving import attempt, shown_version
from clinic.web.security import current_actor, permission
from clinic.web.work import reading

blueprint = Blueprint("stock_levels", __name__, url_prefix="/stock")
Page = str | Response | tuple[str, int]


@blueprint.get("/levels")
@permission(Permission.STOCK_READ)
def index() -> Page:
    """Levels by product and lot, and what expires within the days chosen."""
    asked = request.args.get("within", "")
    within = next((days for days in WITHIN if str(days) == asked), WITHIN[0])
    may_write = current_actor().role in ROLES[Permission.STOCK_WRITE]
    return render_template("stock_levels/index.html", levels=_levels(within), choices=WITHIN, may_write=may_write)


@blueprint.route("/levels/<product>", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def minimum(product: str) -> Page:
    """Say how many vials of a product are wanted."""
    if product not in products():
        raise NotFound
    form, level = MinimumForm(), _level(product)
    if request.method == "GET" and level and level.minimum is not None:
        form.vials.data = str(level.minimum)
    outcome = attempt(form, lambda uow: service.set_minimum(uow, product, shown_version(), form.vials.data))
    if outcome.saved:
        return redirect(url_for(".index"), 303)
    level = _level(product)
    version = outcome.version(level.edit_version if level else 0)
    page = render_template(
        "stock_levels/minimum.html", form=form, name=product_name(product), key=product, level=level, version=version
    )
    return page, outcome.status


@blueprint.route("/lots/<lot_id>/count", methods=["GET", "POST"])
@permission(Permission.STOCK_WRITE)
def count(lot_id: str) -> Page:
    """Enter what came, went or was counted of a lot's unopened vials."""
    _counts(lot_id)
    form = CountForm()
    outcome = attempt(
        form,
        lambda uow: service.count_vials(
            uow, lot_id, CountKind(form.kind.data), form.vials.data, form.reason.data or "", seen=shown_version()
        ),
    )
    if outcome.saved:
        flash("The entry is in the stock’s books.")
        return redirect(url_for(".count", lot_id=lot_id), 303)
    found = _counts(lot_id)
    version = outcome.version(len(found.entries))
    return render_template("stock_levels/count.html", form=form, found=found, version=version), outcome.status


@blueprint.get("/balance")
@permission(Permission.STOCK_READ)
def balance() -> Page:
    """Waste by reason and the books of every lot over a period."""
    typed = {"from": request.args.get("from", ""), "to": request.args.get("to", "")}
    errors: dict[str, str] = {}
    with reading() as uow:
        today = query.clinic_today(uow)
        try:
            period = asked_period(typed["from"], typed["to"], today)
        except Invalid as error:
            errors, period = dict(error.fields), usual_period(today)
        found = None if errors else query.stock_balance(uow, period)
        uow.record(Event(Action.STOCK_VIEWED, f"stock.balance:{period.first}/{period.last}"))
    if not errors:
        typed = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    page = render_template("stock_levels/balance.html", found=found, typed=typed, errors=errors, today=today)
    return page, 422 if errors else 200


def _levels(within: int) -> query.StockLevels:
    with reading() as uow:
        found = query.stock_levels(uow, within)
        uow.record(Event(Action.STOCK_VIEWED, "stock.levels"))
    return found


def _level(product: str) -> ProductLevel | None:
    return next((one for one in _levels(WITHIN[0]).products if one.product == product), None)


def _counts(lot_id: str) -> query.LotCounts:
    with reading() as uow:
        found = query.lot_counts(uow, lot_id)
        uow.record(Event(Action.STOCK_VIEWED, f"lot:{lot_id}"))
    return found
