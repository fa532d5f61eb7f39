"""Entry point for WSGI servers and the ``flask`` command."""

import os
import sys

from clinic import cli, config, create_app, memory, sqlite_file

_ON_THE_COMMAND_LINE = os.environ.get("FLASK_RUN_FROM_CLI") == "true"

if not _ON_THE_COMMAND_LINE:
    memory.keep_little()
try:
    app = create_app()
    _file = app.extensions["clinic_settings"].sqlite_file
    if _file is not None and not _ON_THE_COMMAND_LINE:
        sqlite_file.take(_file)  # A second worker ends here, before it takes a request.
except config.SettingError as error:
    if not _ON_THE_COMMAND_LINE:
        raise
    if not cli.WITHOUT_APPLICATION & set(sys.argv):
        sys.exit(f"Error: {error}")
    app = cli.without_application()
