"""Stub: being written."""

from flask import Blueprint

blueprint = Blueprint("injections", __name__)
