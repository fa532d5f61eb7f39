"""Stub: being written."""

from flask import Blueprint

blueprint = Blueprint("patients", __name__)
