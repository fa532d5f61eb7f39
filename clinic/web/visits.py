"""Stub: being written."""

from flask import Blueprint

blueprint = Blueprint("visits", __name__)
