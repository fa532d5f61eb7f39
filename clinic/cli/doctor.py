"""``flask clinic doctor``: what is wrong with this installation, in words, also when nothing else starts."""

from __future__ import annotations

import json
import sys

import click

from clinic.cli.group import clinic

_SIGNS = {"ok": "ok      ", "warning": "warning ", "wrong": "WRONG   "}


@clinic.command("doctor", with_appcontext=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(*, as_json: bool) -> None:
    """Say what is wrong here and what to do; change nothing. Gives 0 when all is well, 1 for warnings, 2 for wrong."""
    from clinic.health import doctor as looking  # What it needs would slow every other command down.

    checks = looking.examine()
    states = {check.state.value for check in checks}
    status = 2 if "wrong" in states else 1 if "warning" in states else 0
    if as_json:
        rows = [{"name": one.name, "state": one.state.value, "said": one.said, "remedy": one.remedy} for one in checks]
        click.echo(json.dumps({"status": status, "checks": rows}, ensure_ascii=False, indent=1))
    else:
        for one in checks:
            click.echo(f"{_SIGNS[one.state.value]}{one.name}: {one.in_words}")
        click.echo(("All is well.", "Nothing is wrong; see the warnings.", "Something is wrong: see above.")[status])
    sys.exit(status)
