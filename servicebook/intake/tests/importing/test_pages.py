"""The import in the browser: every step, and what was typed is kept."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from servicebook.agenda.worker import run_due
from servicebook.core.exports import original
from servicebook.customers.models import Customer
from servicebook.intake.models import ImportRun
from servicebook.intake.tests.importing.conftest import csv_of

pytestmark = pytest.mark.django_db
BAD = csv_of("Name,E-mail,Phone", "=Good,good@a.example,+77015550112", "Bad,not a mail,12", ",,")


@pytest.fixture
def browser(dispatcher, client) -> Client:
    client.force_login(dispatcher)
    return client


def send(browser: Client, data: bytes, name: str = "list.csv", entity: str = "customers"):
    file = SimpleUploadedFile(name, data)
    return browser.post(reverse("intake:imports"), {"file": file, "entity": entity})


def columns_of(run: ImportRun) -> dict[str, str]:
    of = {heading: name for name, heading in run.mapping.items()}
    return {f"column_{at}": of.get(heading, "") for at, heading in enumerate(run.shape["headings"])}


def test_a_file_goes_from_upload_to_imported_rows(browser):
    answer = send(browser, csv_of("Клиент,Телефон", "Школа №12,+77015550112"))
    run = ImportRun.objects.get()
    assert answer.url == run.get_absolute_url()
    page = browser.get(answer.url).content.decode()
    assert "Школа №12" in page
    assert "Клиент" in page

    browser.post(reverse("intake:import_check", args=[run.pk]), {**columns_of(run), "choice": "all"})
    assert "hx-get" in browser.get(run.get_absolute_url()).content.decode()
    run_due()
    checked = browser.get(run.get_absolute_url()).content.decode()
    assert "The first rows" in checked
    browser.post(reverse("intake:import_write", args=[run.pk]))
    run_due()

    assert Customer.objects.get().name == "Школа №12"
    assert browser.get(reverse("intake:import_progress", args=[run.pk]))["HX-Refresh"] == "true"
    assert "list.csv" in browser.get(reverse("intake:imports")).content.decode()


def test_a_refused_file_says_why_beside_the_field(browser):
    answer = send(browser, b"%PDF-1.7", "list.pdf")

    assert "This is a PDF. Send the list as XLSX or CSV." in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_missing_column_and_one_used_twice_are_marked_and_the_choice_is_kept(browser):
    send(browser, csv_of("Alpha,Beta", "A,B"))
    run = ImportRun.objects.get()

    answer = browser.post(
        reverse("intake:import_check", args=[run.pk]),
        {"column_0": "notes", "column_1": "notes", "choice": "good"},
    )
    assert answer.status_code == 422
    assert "“Alpha” says this already." in answer.content.decode()
    answer = browser.post(
        reverse("intake:import_check", args=[run.pk]), {"column_0": "notes", "choice": "good"}
    )
    page = answer.content.decode()
    assert "Name needs a column." in page
    assert 'value="notes" selected' in page


@pytest.mark.trust("B10")
def test_bad_rows_come_back_as_a_file_that_is_imported_after_mending_as_it_is(browser):
    send(browser, BAD)
    run = ImportRun.objects.get()
    browser.post(reverse("intake:import_check", args=[run.pk]), {**columns_of(run), "choice": "good"})
    run_due()
    browser.post(reverse("intake:import_write", args=[run.pk]), {"choice": "good"})
    run_due()
    answer = browser.get(reverse("intake:import_problems", args=[run.pk]))

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["Name", "E-mail", "Phone", "What is wrong", "How to mend it"]
    assert rows[1][:3] == ["Bad", "not a mail", "12"]
    assert "E-mail: “not a mail” is no e-mail address." in original(rows[1][3])

    mended = text.replace("not a mail", "bad@a.example").replace(",12,", ",+77015550113,")
    send(browser, mended.encode("utf-8-sig"), "mended.csv")
    again = ImportRun.objects.first()
    assert set(again.mapping) == {"name", "email", "phone"}
    browser.post(reverse("intake:import_check", args=[again.pk]), {**columns_of(again), "choice": "all"})
    run_due()
    browser.post(reverse("intake:import_write", args=[again.pk]))
    run_due()
    assert {one.name for one in Customer.objects.all()} == {"=Good", "Bad"}


def test_the_file_can_be_read_in_another_way(browser):
    send(browser, "Name|Notes;x\nÄ|B;y\n".encode("cp1252"))
    run = ImportRun.objects.get()

    browser.post(
        reverse("intake:import_read_as", args=[run.pk]),
        {"entity": "sites", "encoding": "cp1251", "delimiter": ";"},
    )

    run.refresh_from_db()
    assert (run.entity, run.shape["encoding"], run.shape["headings"]) == (
        "sites",
        "cp1251",
        ["Name|Notes", "x"],
    )


@pytest.mark.trust("B2")
def test_an_engineer_has_no_import(engineer, client):
    client.force_login(engineer)

    assert client.get(reverse("intake:imports")).status_code == 403


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_of_imports_takes_a_fixed_number_of_statements(
    browser, count, django_assert_max_num_queries
):
    for number in range(count):
        send(browser, csv_of("Name,Notes", f"A{number},B"))

    with django_assert_max_num_queries(9):
        assert browser.get(reverse("intake:imports")).status_code == 200
