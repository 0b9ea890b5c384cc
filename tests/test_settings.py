"""The environment: every variable is read, every unusable one stops the start with one sentence."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import LIMA
from bot.errors import SettingsError
from bot.settings import KNOWN, Settings, from_environment

SECRETS = {
    "TWILIO_AUTH_TOKEN": "hush-twilio",
    "GATEWAY_PASSWORD": "hush-gateway",
    "GATEWAY_WEBHOOK_SECRET": "hush-key",
    "TELEGRAM_TOKEN": "4711:hush-telegram",
    "TELEGRAM_WEBHOOK_SECRET": "hush-webhook",
    "CHASKI_ADMIN_PASSWORD": "hush-admin",
    "REDIS_URL": "redis://:hush-redis@localhost/0",
    "DATABASE_URL": "sqlite:////srv/hush-database.db",
}


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = from_environment({})
    assert settings == Settings(public_url="http://127.0.0.1:8080")
    assert settings.sqlite_path == Path("data/chaski.db")
    assert not settings.is_public
    assert not settings.has_twilio
    assert not settings.has_gateway
    assert not settings.has_telegram
    assert settings.limits


def test_empty_values_are_as_good_as_none() -> None:
    names = [name for name, *_ in READ]
    assert from_environment(dict.fromkeys(names, "")) == from_environment({})


READ = [
    ("CHASKI_DATA", "/srv/chaski", "data", Path("/srv/chaski")),
    ("DATABASE_URL", "sqlite:////srv/José Luis/a.db", "sqlite_path", Path("/srv/José Luis/a.db")),
    ("DATABASE_URL", "sqlite:///a.db", "sqlite_path", Path("a.db")),
    ("DATABASE_URL", "sqlite:////srv/a.db", "database", Path("/srv/a.db")),
    ("DATABASE_URL", "postgresql://u:p@host/chaski", "database", "postgresql://u:p@host/chaski"),
    ("DATABASE_URL", " postgres:///chaski?host=/run\n", "database", "postgres:///chaski?host=/run"),
    ("REDIS_URL", "redis://localhost:6379/0", "redis_url", "redis://localhost:6379/0"),
    ("HOST", "0.0.0.0", "public_url", "http://0.0.0.0:8080"),  # noqa: S104  read, not bound
    ("HOST", "::1", "public_url", "http://[::1]:8080"),
    ("PORT", "9000", "public_url", "http://127.0.0.1:9000"),
    ("PORT", " 9000\n", "port", 9000),
    ("PUBLIC_URL", "https://chaski.example/", "public_url", "https://chaski.example"),
    ("PUBLIC_URL", "HTTPS://chaski.example", "is_public", True),
    ("PUBLIC_URL", "http://chaski.example", "is_public", False),
    ("TWILIO_ACCOUNT_SID", "AC1", "twilio_account_sid", "AC1"),
    ("TWILIO_AUTH_TOKEN", " t0ken\n", "twilio_auth_token", "t0ken"),
    ("TWILIO_FROM", "+51984000999", "twilio_from", "+51984000999"),
    ("TWILIO_FROM", "Muni Anta", "twilio_from", "Muni Anta"),
    ("TWILIO_MESSAGING_SERVICE_SID", "MG1", "twilio_messaging_service_sid", "MG1"),
    ("TWILIO_API_URL", "http://127.0.0.1:9/", "twilio_api_url", "http://127.0.0.1:9"),
    ("TWILIO_SEGMENTS_PER_SECOND", "0.5", "twilio_segments_per_second", 0.5),
    ("GATEWAY_URL", "http://192.168.1.20:8080/", "gateway_url", "http://192.168.1.20:8080"),
    ("GATEWAY_URL", "https://sms.example/3rdparty/v1", "gateway_url", "https://sms.example/3rdparty/v1"),
    ("GATEWAY_USER", "sms", "gateway_user", "sms"),
    ("GATEWAY_PASSWORD", " s3cret\n", "gateway_password", "s3cret"),
    ("GATEWAY_WEBHOOK_SECRET", "k3y", "gateway_webhook_secret", "k3y"),
    ("GATEWAY_FROM", "+51984000998", "gateway_from", "+51984000998"),
    ("GATEWAY_SEGMENTS_PER_SECOND", "0.016", "gateway_segments_per_second", 0.016),
    ("GATEWAY_PRICE", "0", "gateway_price_soles", 0.0),
    ("TELEGRAM_TOKEN", "4711:x", "has_telegram", True),
    ("TELEGRAM_API_URL", "http://127.0.0.1:9", "telegram_api_url", "http://127.0.0.1:9"),
    ("TELEGRAM_WEBHOOK_SECRET", "a_B-9", "telegram_webhook_secret", "a_B-9"),
    ("CHASKI_LIMITS", "OFF", "limits", False),
    ("CHASKI_NOW", "2027-03-01T09:00", "start", datetime(2027, 3, 1, 9, tzinfo=LIMA)),
    ("CHASKI_NOW", "2027-03-01T09:00:00Z", "start", datetime(2027, 3, 1, 9, tzinfo=UTC)),
    ("CHASKI_SESSION_HOURS", "1.5", "session_hours", 1.5),
    ("CHASKI_SMS_PRICE", "0", "sms_price_soles", 0.0),
    ("CHASKI_NOTICE_CEILING", "250", "notice_ceiling_soles", 250.0),
    ("CHASKI_OFFICE_PHONE", " 084-201010 ", "office_phone", "084-201010"),
    ("CHASKI_RETENTION_DAYS", "90", "retention_days", 90.0),
    ("CHASKI_BACKUP_DIR", " /mnt/usb/chaski ", "backup_dir", Path("/mnt/usb/chaski")),
    ("CHASKI_BACKUP_HOURS", "6", "backup_hours", 6.0),
    ("CHASKI_BACKUP_KEEP", "30", "backup_keep", 30),
    ("CHASKI_ADMIN_PASSWORD", " with spaces ", "admin_password", " with spaces "),
]


@pytest.mark.parametrize(("name", "given", "attribute", "expected"), READ, ids=[f"{n}={g}" for n, g, *_ in READ])
def test_a_variable_is_read(name: str, given: str, attribute: str, expected: object) -> None:
    assert getattr(from_environment({name: given}), attribute) == expected


def test_every_setting_has_a_variable_that_is_tried_here() -> None:
    tried = {name for name, *_ in READ}
    assert tried >= KNOWN
    assert len(tried) == len(fields(Settings))


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", ""])
def test_sms_is_on_when_account_token_and_sender_are_set(missing: str) -> None:
    given = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+51984000999"}
    assert from_environment({name: given[name] for name in given if name != missing}).has_twilio == (not missing)


GATEWAY = ("GATEWAY_URL", "GATEWAY_USER", "GATEWAY_PASSWORD", "GATEWAY_WEBHOOK_SECRET")


@pytest.mark.parametrize("missing", [*GATEWAY, ""])
def test_the_gateway_is_on_when_address_credentials_and_key_are_set(missing: str) -> None:
    given = {name: "http://phone:8080" if name == "GATEWAY_URL" else "x" for name in GATEWAY if name != missing}
    assert from_environment(given).has_gateway == (not missing)


UNUSABLE = [
    ("PORT", "http"),
    ("PORT", "70000"),
    ("PORT", "-1"),
    ("PORT", "80.5"),
    ("PORT", "nan"),
    ("PORT", "inf"),
    ("HOST", "two words"),
    ("PUBLIC_URL", "chaski.example"),
    ("PUBLIC_URL", "ftp://chaski.example"),
    ("PUBLIC_URL", "https://"),
    ("PUBLIC_URL", "https://:443"),
    ("PUBLIC_URL", "https://[::1"),
    ("PUBLIC_URL", "https://chaski.example:99999"),
    ("PUBLIC_URL", "https://chaski.example?x=1"),
    ("PUBLIC_URL", "https://chaski .example"),
    ("TWILIO_API_URL", "localhost:9"),
    ("TELEGRAM_API_URL", "localhost:9"),
    ("TWILIO_AUTH_TOKEN", "two\nlines"),
    ("GATEWAY_URL", "192.168.1.20:8080"),
    ("GATEWAY_PASSWORD", "two words"),
    ("GATEWAY_SEGMENTS_PER_SECOND", "0"),
    ("GATEWAY_PRICE", "-0.1"),
    ("TELEGRAM_TOKEN", "4711:a b"),
    ("TELEGRAM_WEBHOOK_SECRET", "ñandú"),
    ("TELEGRAM_WEBHOOK_SECRET", "a" * 257),
    ("TWILIO_SEGMENTS_PER_SECOND", "0"),
    ("TWILIO_SEGMENTS_PER_SECOND", "fast"),
    ("TWILIO_SEGMENTS_PER_SECOND", "nan"),
    ("DATABASE_URL", "mysql://localhost/chaski"),
    ("DATABASE_URL", "chaski.db"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "postgresql://host"),
    ("DATABASE_URL", "postgresql://host/"),
    ("DATABASE_URL", "postgresql://u:p w@host/chaski"),
    ("CHASKI_LIMITS", "maybe"),
    ("CHASKI_NOW", "tomorrow"),
    ("CHASKI_NOW", "0001-01-01T00:00"),
    ("CHASKI_NOW", "9999-12-31T23:59"),
    ("CHASKI_SESSION_HOURS", "0"),
    ("CHASKI_SESSION_HOURS", "a day"),
    ("CHASKI_SMS_PRICE", "-1"),
    ("CHASKI_NOTICE_CEILING", "nothing"),
    ("CHASKI_RETENTION_DAYS", "0"),
    ("CHASKI_BACKUP_HOURS", "0"),
    ("CHASKI_BACKUP_KEEP", "0"),
    ("CHASKI_BACKUP_KEEP", "2.5"),
]


@pytest.mark.parametrize(("name", "given"), UNUSABLE, ids=[f"{n}={g[:30]}" for n, g in UNUSABLE])
def test_an_unusable_value_is_one_sentence_that_names_it(name: str, given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        from_environment({name: given})
    assert name in str(refused.value)
    assert_is_one_sentence(str(refused.value))


def test_an_unknown_name_stops_and_the_known_ones_are_told() -> None:
    with pytest.raises(SettingsError) as refused:
        from_environment({"CHASKI_DATTA": "x"})
    assert_is_one_sentence(str(refused.value))
    assert all(name in str(refused.value) for name in ("CHASKI_DATTA", *KNOWN))


def test_limits_cannot_be_lifted_where_real_people_write() -> None:
    with pytest.raises(SettingsError, match="CHASKI_LIMITS"):
        from_environment({"CHASKI_LIMITS": "off", "PUBLIC_URL": "https://chaski.example"})
    assert not from_environment({"CHASKI_LIMITS": "off", "PUBLIC_URL": "http://chaski.example"}).limits


def test_no_secret_is_shown_with_the_settings() -> None:
    settings = from_environment(SECRETS)
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "GATEWAY_PASSWORD"])
def test_no_secret_is_shown_when_it_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        from_environment({name: "hush ñ hush"})
    assert "hush" not in str(refused.value)


def assert_is_one_sentence(text: str) -> None:
    assert text.endswith(".")
    assert "\n" not in text
