"""A clinic record system for facial synkinesis: the application factory."""

from __future__ import annotations

import gc
import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

# What a program is made of is never garbage; looking for some while it loads costs a seventh of the start.
gc.disable()

from flask import Flask
from sqlalchemy.pool import QueuePool
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic import cli, config, log, schema_steps, web
from clinic.extensions import csrf, db, login, migrate_lazily, prepare
from clinic.health.watching import Watch
from clinic.reserve import Reserve
from clinic.unit_of_work import Work
from clinic.web import compression, costly, errors, filters, links, one_server, refusals, security, sessions

gc.freeze()  # Or the first thing that is switched on would look through all of it once more.
gc.enable()

ID_BYTES = 13
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """An opaque public id: 26 characters, 130 random bits."""
    # 32 letters divide the values of a byte evenly, so each is as likely as any other.
    return "".join([_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(2 * ID_BYTES)])


def create_app(settings: config.Settings | None = None) -> Flask:
    """Make the application. Raises SettingError when a setting or key is missing or cannot be used."""
    settings = settings or config.settings()
    keys = config.load_keys(settings.instance)
    version = _static_version()
    app = Flask(__name__, instance_path=str(settings.instance.resolve()), static_url_path=f"/static/{version}")
    app.url_rule_class = links.LateRule
    app.config.update(_flask_config(settings, keys))
    app.extensions["clinic_settings"] = settings
    app.extensions["clinic_factory"] = create_app  # A backup is tried out in an application of its own.
    app.extensions["clinic_watch"] = Watch(settings)
    log.configure(app)
    _start_database(app, keys, settings)
    one_server.register(app)
    app.before_request(security.start_request)  # First, so that every refusal has its number.
    app.before_request(security.refuse_oversized)
    csrf.init_app(app)
    login.init_app(app)
    login.session_protection = None
    login.user_loader(sessions.load_signed_in)
    app.before_request(security.refuse_unstorable)
    app.before_request(security.check_permission)
    app.after_request(security.add_headers)
    app.after_request(log.note_request)
    refusals.register(app)
    compression.register(app)
    costly.register(app)
    errors.register(app)
    filters.register(app)
    web.register(app)
    app.cli.add_command(cli.clinic)
    security.require_declared(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    gc.freeze()
    return app


def _flask_config(settings: config.Settings, keys: config.Keys) -> dict[str, object]:
    engine: dict[str, object] = {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 8, "pool_timeout": 10}
    if settings.sqlite_file is None:
        from clinic import postgresql  # Its driver is for those who have such a server.

        engine |= postgresql.engine_options(settings.database_connections)
    else:
        engine |= {"connect_args": {"check_same_thread": False, "timeout": 5}, "pool_use_lifo": True}
    return {
        "SECRET_KEY": keys.session,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 1000,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "SESSION_COOKIE_NAME": "clinic" if settings.plain_http else "__Host-clinic",
        "SESSION_COOKIE_SECURE": not settings.plain_http,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or _LOCAL_HOSTS,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


def _start_database(app: Flask, keys: config.Keys, settings: config.Settings) -> None:
    db.init_app(app)
    app.extensions["clinic_migrations"] = schema_steps.MIGRATIONS
    migrate_lazily(app, schema_steps.MIGRATIONS)
    with app.app_context():
        prepare(db.engine, settings.slow_milliseconds)
        app.extensions["clinic_work"] = Work(db.engine, keys.audit, new_id, reserve=Reserve(settings.sqlite_file))


def _static_version() -> str:
    folder = Path(__file__).resolve().parent / "static"
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
