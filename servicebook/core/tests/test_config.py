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

    assert "canary" not in repr(load())


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
