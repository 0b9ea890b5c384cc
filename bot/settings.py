"""Every environment variable, in one place: read once, checked at once, one sentence for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.clock import LIMA
from bot.errors import SettingsError

TWILIO_API = "https://api.twilio.com"
TELEGRAM_API = "https://api.telegram.org"
POSTGRESQL = ("postgresql://", "postgres://")
"""How the address of a PostgreSQL database begins."""


@dataclass(frozen=True)
class Settings:
    """The service's settings; docs/operate.md explains each variable."""

    data: Path = Path("data")
    database_url: str = field(default="", repr=False)  # these two may hold a password
    redis_url: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_api_url: str = TWILIO_API
    twilio_segments_per_second: float = 1.0
    gateway_url: str = ""
    gateway_user: str = ""
    gateway_password: str = field(default="", repr=False)
    gateway_webhook_secret: str = field(default="", repr=False)
    gateway_from: str = ""
    gateway_segments_per_second: float = 0.2
    gateway_price_soles: float = 0.1
    telegram_token: str = field(default="", repr=False)
    telegram_api_url: str = TELEGRAM_API
    telegram_webhook_secret: str = field(default="", repr=False)
    limits: bool = True
    start: datetime | None = None
    session_hours: float = 24.0
    sms_price_soles: float = 0.25
    notice_ceiling_soles: float = 100.0
    office_phone: str = ""
    admin_password: str = field(default="", repr=False)
    retention_days: float = 365.0
    backup_dir: Path | None = None
    backup_hours: float = 24.0
    backup_keep: int = 14

    @property
    def sqlite_path(self) -> Path:
        return Path(self.database_url.removeprefix("sqlite:///")) if self.database_url else self.data / "chaski.db"

    @property
    def database(self) -> Path | str:
        """Where the rows are: the path of the SQLite file, or the address of a PostgreSQL database."""
        return self.database_url if self.database_url.startswith(POSTGRESQL) else self.sqlite_path

    @property
    def is_public(self) -> bool:
        """True for a service that real people text: https in front; no simulator, no sample facts."""
        return self.public_url.startswith("https://")

    @property
    def has_twilio(self) -> bool:
        sender = self.twilio_from or self.twilio_messaging_service_sid
        return bool(self.twilio_account_sid and self.twilio_auth_token and sender)

    @property
    def has_gateway(self) -> bool:
        return bool(self.gateway_url and self.gateway_user and self.gateway_password and self.gateway_webhook_secret)

    @property
    def has_telegram(self) -> bool:
        return bool(self.telegram_token)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read and check all variables. Raises SettingsError with one sentence for the first that cannot be used."""
    _refuse_unknown(environ)
    host, port = _word(environ, "HOST") or "127.0.0.1", _whole(environ, "PORT", 8080, 0, 65_535)
    settings = Settings(
        data=Path(environ.get("CHASKI_DATA") or "data"),
        database_url=_database(environ.get("DATABASE_URL", "").strip()),
        redis_url=_word(environ, "REDIS_URL"),
        host=host,
        port=port,
        public_url=_url(environ, "PUBLIC_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}"),
        twilio_account_sid=_word(environ, "TWILIO_ACCOUNT_SID"),
        twilio_auth_token=_word(environ, "TWILIO_AUTH_TOKEN"),
        twilio_from=environ.get("TWILIO_FROM", "").strip(),
        twilio_messaging_service_sid=_word(environ, "TWILIO_MESSAGING_SERVICE_SID"),
        twilio_api_url=_url(environ, "TWILIO_API_URL", TWILIO_API),
        twilio_segments_per_second=_number(environ, "TWILIO_SEGMENTS_PER_SECOND", 1.0, 0.01, 1000),
        gateway_url=_url(environ, "GATEWAY_URL", ""),
        gateway_user=_word(environ, "GATEWAY_USER"),
        gateway_password=_word(environ, "GATEWAY_PASSWORD"),
        gateway_webhook_secret=_word(environ, "GATEWAY_WEBHOOK_SECRET"),
        gateway_from=_word(environ, "GATEWAY_FROM"),
        gateway_segments_per_second=_number(environ, "GATEWAY_SEGMENTS_PER_SECOND", 0.2, 0.01, 1000),
        gateway_price_soles=_number(environ, "GATEWAY_PRICE", 0.1, 0, 100),
        telegram_token=_word(environ, "TELEGRAM_TOKEN"),
        telegram_api_url=_url(environ, "TELEGRAM_API_URL", TELEGRAM_API),
        telegram_webhook_secret=_secret(environ, "TELEGRAM_WEBHOOK_SECRET"),
        limits=_switch(environ, "CHASKI_LIMITS"),
        start=_moment(environ, "CHASKI_NOW"),
        session_hours=_number(environ, "CHASKI_SESSION_HOURS", 24.0, 0.1, 720),
        sms_price_soles=_number(environ, "CHASKI_SMS_PRICE", 0.25, 0, 100),
        notice_ceiling_soles=_number(environ, "CHASKI_NOTICE_CEILING", 100.0, 0, 1_000_000),
        office_phone=environ.get("CHASKI_OFFICE_PHONE", "").strip(),
        admin_password=environ.get("CHASKI_ADMIN_PASSWORD", ""),
        retention_days=_number(environ, "CHASKI_RETENTION_DAYS", 365.0, 1, 36_500),
        backup_dir=_folder(environ, "CHASKI_BACKUP_DIR"),
        backup_hours=_number(environ, "CHASKI_BACKUP_HOURS", 24.0, 0.01, 720),
        backup_keep=_whole(environ, "CHASKI_BACKUP_KEEP", 14, 1, 10_000),
    )
    if settings.is_public and not settings.limits:
        raise SettingsError("CHASKI_LIMITS=off is for load tests and is refused when PUBLIC_URL is https.")
    return settings


KNOWN = {
    "CHASKI_DATA",
    "CHASKI_LIMITS",
    "CHASKI_NOW",
    "CHASKI_ADMIN_PASSWORD",
    "CHASKI_RETENTION_DAYS",
    "CHASKI_BACKUP_DIR",
    "CHASKI_BACKUP_HOURS",
    "CHASKI_BACKUP_KEEP",
    "CHASKI_SESSION_HOURS",
    "CHASKI_NOTICE_CEILING",
    "CHASKI_SMS_PRICE",
    "CHASKI_OFFICE_PHONE",
}


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    unknown = sorted(name for name in environ if name.startswith("CHASKI_") and name not in KNOWN)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting of Chaski; the names are {', '.join(sorted(KNOWN))}.")


def _word(environ: Mapping[str, str], name: str) -> str:
    """A value that is one word; what a file or a form added around it is not meant."""
    given = environ.get(name, "").strip()
    if any(not sign.isprintable() or sign.isspace() for sign in given):
        raise SettingsError(f"{name} must be one word, without spaces or line breaks.")
    return given


def _secret(environ: Mapping[str, str], name: str) -> str:
    given = _word(environ, name)
    if given and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", given):
        raise SettingsError(f"{name} must be 1 to 256 of the signs A-Z, a-z, 0-9, _ and -: Telegram takes no others.")
    return given


def _database(url: str) -> str:
    if url.startswith(POSTGRESQL):
        return _server(url)
    if url and not url.startswith("sqlite:///"):
        raise SettingsError("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    if url == "sqlite:///":
        raise SettingsError("DATABASE_URL must name a file after sqlite:///.")
    return url


def _server(url: str) -> str:
    """The address is never repeated in a sentence: it may hold a password."""
    if any(not sign.isprintable() or sign.isspace() for sign in url):
        raise SettingsError("DATABASE_URL must be one word, without spaces or line breaks.")
    if not url.partition("://")[2].partition("/")[2]:
        raise SettingsError("DATABASE_URL must name a database: postgresql://user:password@host:port/database.")
    return url


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    given = environ.get(name, "").strip()
    return Path(given) if given else None


def _whole(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    number = float(_number(environ, name, default, least, most))
    if not number.is_integer():
        raise SettingsError(f"{name} must be a whole number, not {environ[name].strip()}.")
    return int(number)


def _number(environ: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    given = environ.get(name, "").strip()
    if not given:
        return default
    try:
        value = float(given)
    except ValueError:
        raise SettingsError(f"{name} must be a number, not {given!r}.") from None
    if not least <= value <= most:
        raise SettingsError(f"{name} must be between {least:g} and {most:g}, not {given}.")
    return value


def _url(environ: Mapping[str, str], name: str, default: str) -> str:
    given = (_word(environ, name) or default).rstrip("/")
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        is_address = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:  # a port out of bounds, a broken IPv6 address
        is_address = False
    if not is_address or parts.query or parts.fragment:
        raise SettingsError(f"{name} must be an address that begins with http:// or https://, not {given!r}.")
    return parts.geturl()  # with its scheme in small letters


def _switch(environ: Mapping[str, str], name: str) -> bool:
    given = environ.get(name, "on").strip().lower() or "on"
    if given not in ("on", "off"):
        raise SettingsError(f"{name} must be on or off, not {given!r}.")
    return given == "on"


def _moment(environ: Mapping[str, str], name: str) -> datetime | None:
    given = environ.get(name, "").strip()
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise SettingsError(f"{name} must be an ISO time such as 2027-03-01T09:00, not {given!r}.") from None
    if not 2000 <= moment.year < 2200:
        raise SettingsError(f"{name} must be in the years 2000 to 2199, not {given}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=LIMA)
