"""What an operator may set, typed and checked at start. Every value has a working default.

Values come from the environment. A wrong one stops the program with a sentence that names the
variable, what is wrong with it and an example that works.
"""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HINTS = {
    "database_url": "Example: postgres://user:password@localhost:5432/servicebook, or sqlite:///var/book.sqlite3",
    "origin": "Example: https://service.example.com (scheme and host, no path)",
    "mail_url": "Example: smtp://user:password@mail.example.com:587?tls=starttls, or console://",
    "files_url": "Example: file:///var/lib/servicebook/files, or s3://bucket/prefix?endpoint=https://s3.example.com",
    "time_zone": "Example: Asia/Almaty (a name from the tz database)",
    "trusted_proxies": "How many reverse proxies of yours stand in front: 0, or 1 for one nginx.",
    "mail_from": "Example: Service desk <service@example.com>",
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

    @cached_property
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
            name = str(problem["loc"][0])
            message = problem["msg"].removeprefix("Value error, ")
            hint = HINTS.get(name, "")
            lines.append(f"{name.upper()}: {message}. {hint}".rstrip())
        raise BadConfiguration("Servicebook cannot start.\n" + "\n".join(lines)) from None
