"""The least web program on the same rows: Flask and Flask-SQLAlchemy, no sign-in, no roles, no audit, a bare template.

Served by the same server as the program; it answers at ``/ping``, ``/list`` (a patient's visits) and ``/search``.
"""

from __future__ import annotations

import os
import sys

from flask import Flask, Response, jsonify, render_template_string, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

LIST = text('SELECT id, "on", state FROM visit WHERE clinic_id = :clinic AND patient_id = :patient ORDER BY "on" DESC')
SEARCH = text(
    "SELECT DISTINCT p.id, p.family_name, p.given_names, p.birth_date FROM patient_word w JOIN patient p ON"
    " p.clinic_id = w.clinic_id AND p.id = w.patient_id WHERE w.clinic_id = :clinic AND w.word >= :first"
    " AND w.word < :after ORDER BY p.family_name, p.given_names LIMIT 26"
)
PAGE = """<!doctype html><title>Visits</title><h1>Visits</h1><table>{% for row in rows %}
<tr><td><a href="/visits/{{ row[0] }}">{{ row[1] }}</a><td>{{ row[2] }}<td>25 sites<td>62.5 units</tr>{% endfor %}</table>"""

db = SQLAlchemy()


def create() -> Flask:
    """Make it, from the environment."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BARE_URL"]
    db.init_app(app)
    clinic = int(os.environ["BARE_CLINIC"])

    @app.get("/ping")
    def ping() -> str:
        return "ok"

    @app.get("/list")
    def visits() -> str:
        rows = db.session.execute(LIST, {"clinic": clinic, "patient": os.environ["BARE_PATIENT"]}).all()
        return render_template_string(PAGE, rows=rows)

    @app.get("/search")
    def search() -> Response:
        word = request.args["q"]
        after = word[:-1] + chr(ord(word[-1]) + 1)
        rows = db.session.execute(SEARCH, {"clinic": clinic, "first": word, "after": after}).all()
        return jsonify([[str(value) for value in row] for row in rows])

    return app


if __name__ == "__main__":
    import waitress

    waitress.serve(create(), host="127.0.0.1", port=int(sys.argv[1]), threads=8)
