"""What an operator may set, typed and checked at start. Every value has a working default.

Values come from the environment. A wrong one stops the program with a sentence that names the
variable, what is wrong with it and an example that works.
"""

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HINTS = {
    "database_url": "Example: postgres://user:password@localhost:5432/servicebook, or sqlite:///var/book.sqlite3",
    "origin": "Example: https://service.example.com (scheme and host, no path)",
    "mail_url": "Example: smtp://user:password@mail.example.com:587?tls=starttls, or console://",
    "files_url": "Example: file:///var/lib/servicebook/files, or s3://bucket/prefix?endpoint=https://s3.example.com",
    "time_zone": "Example: Asia/Almaty (a name from the tz database)",
    "trusted_proxies": "How many reverse proxies of yours stand in front: 0, or 1 for one nginx.",
    "mail_from": "Example: Service desk <service@example.com>",
    "sms_url": "Example: https://gateway.example.com/send",
    "sms_headers": 'A JSON object. Example: {"Authorization": "Bearer 4f1c…"}',
    "sms_body": 'Example: {"to": "{to}", "text": "{text}"} as JSON, or to={to}&text={text} as a form',
    "sms_success": "A field of the gateway's JSON answer and its values. Example: status=ok|queued",
    "sms_gone": "A field of the gateway's JSON answer and its values. Example: error_code=7|13",
    "sms_in_key": "At least 16 random characters that only your SMS gateway knows; see running.md.",
    "sms_in_fields": "How your gateway names the fields. Example: from=phone text=mes id=sms_id",
    "telegram_token": "What @BotFather gives for a bot: 110201543:AAHdqT…; TELEGRAM_BOT names the bot.",
    "telegram_bot": "The name of the bot without @, such as qazyna_service_bot; it needs TELEGRAM_TOKEN.",
    "push_key": "32 random bytes in base64url. Unset, a key is made and kept in the data folder.",
    "secret_key": "At least 32 random characters. Unset, one is made and kept in the data folder.",
}


class BadConfiguration(SystemExit):
    """The program cannot start. The text says which variable to mend and how."""


class Config(BaseSettings):
    """The environment, read once at start."""

    model_config = SettingsConfigDict(extra="ignore")

    data_dir: Path = Path("var")
    database_url: str = ""
    secret_key: str = Field(default="", repr=False)
    debug: bool = False
    host: str = "127.0.0.1"  # where the web server listens
    port: int = Field(default=8000, ge=1, le=65535)
    web_processes: int = Field(default=1, ge=1, le=64)
    origin: str = ""  # the address people use; http://localhost:PORT when empty
    allowed_hosts: str = ""
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    time_zone: str = "Asia/Almaty"
    language: Literal["en", "ru", "kk", "tr", "zh-hans"] = "en"
    currency: str = "KZT"
    mail_url: str = "console://"
    mail_from: str = "Service desk <service@servicebook.example>"
    mail_per_second: int = Field(default=20, ge=1, le=1000)
    # A gateway for SMS: see docs/operators/running.md. Its address and headers may hold its key.
    sms_url: str = Field(default="", repr=False)
    sms_method: Literal["POST", "GET"] = "POST"
    sms_headers: str = Field(default="", repr=False)
    sms_body: str = Field(default='{"to": "{to}", "text": "{text}", "id": "{id}"}', repr=False)
    sms_success: str = ""
    sms_gone: str = ""
    sms_per_second: int = Field(default=5, ge=1, le=1000)
    sms_in_key: str = Field(default="", repr=False)  # who knows it may pass on SMS that people send us
    sms_in_fields: str = ""
    telegram_token: str = Field(default="", repr=False)
    telegram_bot: str = ""
    telegram_url: str = "https://api.telegram.org"
    push_key: str = Field(default="", repr=False)
    reach_inside: str = ""  # hosts of the inner network that the program may call
    # What an outage left late is done at this rate beside the fresh work, per worker.
    catch_up_per_second: int = Field(default=200, ge=1, le=10_000)
    files_url: str = ""
    max_upload_mb: int = Field(default=25, ge=1, le=1000)
    api_requests_per_minute: int = Field(default=600, ge=1, le=10_000_000)  # of one token, per web process
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgres", "postgresql", "sqlite"}:
            raise ValueError("only postgres:// and sqlite:// are known")
        return value

    @field_validator("origin")
    @classmethod
    def _whole_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and parts.hostname and not parts.path.strip("/")
        if value and not whole:
            raise ValueError("needs a scheme and a host, and no path")
        return value.rstrip("/")

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"smtp", "smtps", "console"}:
            raise ValueError("only smtp://, smtps:// and console:// are known")
        return value

    @field_validator("sms_url", "telegram_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
            raise ValueError("needs a scheme (http, https) and a host, and no password")
        return value.rstrip("/")

    @field_validator("sms_headers")
    @classmethod
    def _headers_of_texts(cls, value: str) -> str:
        found = json.loads(value) if value.strip().startswith("{") else None
        if value and not (isinstance(found, dict) and all(isinstance(one, str) for one in found.values())):
            raise ValueError("is no JSON object of texts")
        return value

    @field_validator("sms_body")
    @classmethod
    def _readable_body(cls, value: str) -> str:
        if value.strip().startswith("{") and not isinstance(json.loads(value), dict):
            raise ValueError("is no JSON object")
        return value

    @field_validator("sms_success", "sms_gone")
    @classmethod
    def _field_and_values(cls, value: str) -> str:
        if value and not all(value.partition("=")):
            raise ValueError("is no field with values")
        return value

    @field_validator("sms_in_key")
    @classmethod
    def _long_key(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError(f"has {len(value)} characters")
        return value

    @field_validator("sms_in_fields")
    @classmethod
    def _names_of_fields(cls, value: str) -> str:
        parts = [part.partition("=") for part in value.replace(",", " ").split()]
        if any(name not in ("from", "text", "id") or not field for name, _is, field in parts):
            raise ValueError("names other fields than from, text and id")
        return value

    @field_validator("telegram_bot")
    @classmethod
    def _name_of_a_bot(cls, value: str) -> str:
        bare = value.removeprefix("@")
        if bare and not re.fullmatch(r"\w{1,64}", bare, re.ASCII):
            raise ValueError("is no name of a bot")
        return bare

    @field_validator("telegram_token")
    @classmethod
    def _token_of_a_bot(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d+:[\w-]+", value):
            raise ValueError("is no token of a bot")
        return value

    @field_validator("push_key")
    @classmethod
    def _whole_key(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w-]{43}=?", value):
            raise ValueError("is no key")
        return value

    @model_validator(mode="after")
    def _whole_channels(self) -> Self:
        if self.sms_url and not all(part in self.sms_url + self.sms_body for part in ("{to}", "{text}")):
            raise ValueError("SMS_URL, SMS_BODY: {to} and {text} must stand in one of them")
        if bool(self.telegram_token) != bool(self.telegram_bot):
            raise ValueError("TELEGRAM_TOKEN, TELEGRAM_BOT: one does not work without the other")
        return self

    @field_validator("files_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"file", "s3"}:
            raise ValueError("only file:// and s3:// are known")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("no such time zone") from error
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError(f"has {len(value)} characters")
        return value

    @property
    def address(self) -> str:
        """The origin of every link that leaves the house."""
        return self.origin or f"http://localhost:{self.port}"

    @cached_property
    def database(self) -> dict[str, Any]:
        """The `DATABASES["default"]` entry."""
        url = urlsplit(self.database_url or f"sqlite:///{self.data_dir}/servicebook.sqlite3")
        options = dict(parse_qsl(url.query))
        if url.scheme == "sqlite":
            path = unquote(url.path)[1:]  # sqlite:///var/x is relative, sqlite:////var/x is not
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": Path(path).absolute(),
                "OPTIONS": {
                    # A writer takes its lock at once, so that it waits instead of failing half-way.
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 30,
                    "init_command": (
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
                        "PRAGMA temp_store=MEMORY;"
                    ),
                },
            }
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or options.pop("host", "")),
            "PORT": url.port or "",
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 10, **options},
        }


def kept_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    """Return a secret of this installation, made when it is first asked for, readable for us alone."""
    file = folder / name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / f".{name}.{os.getpid()}"
        whole.touch(mode=0o600)
        whole.write_text(make())
        with suppress(FileExistsError):  # another process was quicker
            os.link(whole, file)
        whole.unlink()
    return file.read_text().strip()


def load() -> Config:
    """Read the environment.

    Raises:
        BadConfiguration: with one line per wrong variable and a hint.
    """
    try:
        return Config()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else ""
            message = problem["msg"].removeprefix("Value error, ")
            hint = HINTS.get(name, "")
            lines.append(f"{name.upper()}: {message}. {hint}".lstrip(": ").rstrip())
        raise BadConfiguration("Servicebook cannot start.\n" + "\n".join(lines)) from None
