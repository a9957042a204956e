import pytest

from servicebook.config import BadConfiguration, load


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in ("DATABASE_URL", "ORIGIN", "MAIL_URL", "FILES_URL", "TIME_ZONE", "SECRET_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("DATABASE_URL", "mysql://x", "postgres://user:password@"),
        ("ORIGIN", "service.example.com", "https://service.example.com"),
        ("ORIGIN", "https://service.example.com/desk", "no path"),
        ("MAIL_URL", "mail.example.com:25", "smtp://"),
        ("FILES_URL", "ftp://x", "s3://bucket"),
        ("TIME_ZONE", "Karaganda", "Asia/Almaty"),
        ("SECRET_KEY", "short", "32"),
        ("PORT", "http", "PORT"),
        ("LANGUAGE", "klingon", "LANGUAGE"),
        ("MAIL_PER_SECOND", "0", "MAIL_PER_SECOND"),
        ("SMS_URL", "gateway.example.com/send", "https://gateway.example.com/send"),
        ("SMS_URL", "https://user:secret@gateway.example.com/send", "no password"),
        ("SMS_HEADERS", "Authorization: Bearer x", "JSON object"),
        ("SMS_HEADERS", '{"X-Key": 5}', "JSON object"),
        ("SMS_BODY", '{"to": "{to}"', "{to}"),
        ("SMS_SUCCESS", "ok", "status=ok"),
        ("TELEGRAM_TOKEN", "110201543", "@BotFather"),
        ("TELEGRAM_TOKEN", "110201543:AAHdqTcv", "TELEGRAM_BOT"),
        ("PUSH_KEY", "short", "base64url"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name_and_a_hint(name, value, hint, monkeypatch):
    monkeypatch.setenv(name, value)

    with pytest.raises(BadConfiguration) as stopped:
        load()

    assert name in str(stopped.value)
    assert hint in str(stopped.value)
    assert "Traceback" not in str(stopped.value)


@pytest.mark.trust("B19")
def test_a_secret_is_not_shown(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-" * 8)
    monkeypatch.setenv("SMS_HEADERS", '{"Authorization": "canary"}')
    monkeypatch.setenv("SMS_URL", "https://gateway.example.com/?key=canary")
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:canary")
    monkeypatch.setenv("TELEGRAM_BOT", "bot")
    monkeypatch.setenv("PUSH_KEY", "canary-" * 6 + "x")

    assert "canary" not in repr(load())


def test_an_sms_has_somebody_it_goes_to(monkeypatch):
    monkeypatch.setenv("SMS_URL", "https://gateway.example.com/send")
    monkeypatch.setenv("SMS_BODY", '{"message": "{text}"}')
    with pytest.raises(BadConfiguration, match=r"\{to\} and \{text\}"):
        load()


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("", "sqlite3", "var/servicebook.sqlite3"),
        ("sqlite:///book.sqlite3", "sqlite3", "book.sqlite3"),
        ("sqlite:////srv/book.sqlite3", "sqlite3", "/srv/book.sqlite3"),
        ("postgres://me:p%40ss@db:5433/book", "postgresql", "book"),
    ],
)
def test_one_url_names_the_database(url, engine, name, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)

    database = load().database

    assert database["ENGINE"].endswith(engine)
    assert str(database["NAME"]).endswith(name)
    if engine == "postgresql":
        assert (database["USER"], database["PASSWORD"], database["PORT"]) == ("me", "p@ss", 5433)


def test_the_address_follows_the_port(monkeypatch):
    monkeypatch.setenv("PORT", "8123")

    assert load().address == "http://localhost:8123"
