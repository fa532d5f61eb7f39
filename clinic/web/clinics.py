"""Stub: being written."""

from flask import Blueprint

blueprint = Blueprint("clinics", __name__)
