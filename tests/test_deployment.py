"""What an installation on the open network shows: cookies, headers, and whom it believes."""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client

from servicebook.accounts.api_auth import WRONG_KEYS_PER_MINUTE
from servicebook.accounts.models import Role
from servicebook.testing import make_user

SHOW = """
import json
from django.conf import settings
names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
         "SECURE_HSTS_SECONDS", "DEBUG", "ALLOWED_HOSTS", "SECURE_PROXY_SSL_HEADER"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def on(tmp_path, origin, *words):
    environment = {**os.environ, "ORIGIN": origin, "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "servicebook.settings"
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own
    return subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
@pytest.mark.trust("B16", "B28")
def test_djangos_check_of_a_deployment_finds_nothing_under_https(tmp_path):
    words = ("-m", "servicebook", "check", "--deploy", "--fail-level", "WARNING")
    checked = on(tmp_path, "https://service.example.com", *words)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
@pytest.mark.trust("B14", "B16")
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_cookies_stay_on_https_when_the_origin_is_there(tmp_path, scheme):
    shown = json.loads(on(tmp_path, f"{scheme}://service.example.com", "-c", SHOW).stdout)
    secure = scheme == "https"
    assert shown["SESSION_COOKIE_SECURE"] is shown["CSRF_COOKIE_SECURE"] is secure
    assert bool(shown["SECURE_HSTS_SECONDS"]) is secure
    assert bool(shown["SECURE_PROXY_SSL_HEADER"]) is secure
    assert (shown["SESSION_COOKIE_HTTPONLY"], shown["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")
    assert shown["DEBUG"] is False
    assert shown["ALLOWED_HOSTS"][0] == "service.example.com"
    assert "*" not in shown["ALLOWED_HOSTS"]


@pytest.mark.django_db
@pytest.mark.trust("B28", "B8")
@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/api/v1/customers", "/static/servicebook.js", "/gone"]
)
def test_every_answer_refuses_sniffing_and_what_is_no_file_refuses_framing(address):
    answer = Client().get(address)
    answer.close()  # of a static file
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    if not address.startswith("/static/"):
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]


FORGED = {
    "X-Forwarded-User": "admin@house.example",
    "Remote-User": "admin@house.example",
    "X-Remote-User": "admin@house.example",
    "X-Forwarded-Email": "admin@house.example",
}


@pytest.mark.django_db
@pytest.mark.trust("B18")
def test_no_header_of_a_proxy_makes_anybody_somebody():
    make_user(Role.ADMINISTRATOR, email="admin@house.example")
    answer = Client(REMOTE_USER="admin@house.example").get("/", headers=FORGED)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")
    assert Client(REMOTE_USER="admin@house.example").get("/api/v1/me", headers=FORGED).status_code == 401


@pytest.mark.django_db
@pytest.mark.trust("B18", "B20")
def test_a_forged_address_does_not_get_more_guesses():
    program, codes = Client(), set()
    for number in range(WRONG_KEYS_PER_MINUTE + 2):
        headers = {"Authorization": f"Bearer wrong{number}", "X-Forwarded-For": f"10.0.0.{number}"}
        codes.add(program.get("/api/v1/me", headers=headers).status_code)
    assert codes == {401, 429}


@pytest.mark.django_db
@pytest.mark.trust("B18", "B20")
def test_a_forged_address_does_not_get_more_guesses_at_the_sign_in():
    person = make_user(Role.DISPATCHER)
    last = None
    for number in range(7):
        form = {"login": person.email, "password": f"guess number {number}"}
        last = Client().post("/accounts/login/", form, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert last is not None
    assert "Too many" in last.content.decode()
