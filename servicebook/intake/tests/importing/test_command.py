"""The command line, and the newcomer's first ten minutes with it."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from servicebook.contracts.models import Contract
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.intake.models import ImportRun
from servicebook.testing import make_reason
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
TUTORIAL = Path(__file__).resolve().parents[4] / "docs" / "tutorial"
IN_ORDER = {
    "customers": Customer,
    "sites": Site,
    "contacts": Contact,
    "equipment": Asset,
    "contracts": Contract,
    "tickets": Ticket,
}


def run(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("import", *map(str, words), stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def _house(administrator) -> None:
    for code in ("failure", "configuration", "maintenance", "consultation"):
        make_reason(code)


@pytest.mark.slow
@pytest.mark.usefixtures("_house")
def test_the_tutorial_comes_in_in_order_and_its_mail_finds_the_server(monkeypatch):
    for name, model in IN_ORDER.items():
        said = run(TUTORIAL / f"{name}.csv")
        rows = len((TUTORIAL / f"{name}.csv").read_text().splitlines()) - 1
        assert f"Imported: {rows} new, 0 changed, 0 unchanged, 0 bad." in said
        assert model._default_manager.count() == rows
    for name in IN_ORDER:
        assert "Imported: 0 new, 0 changed" in run(TUTORIAL / f"{name}.csv")

    mail = (TUTORIAL / "mail.eml").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mail)))
    out = io.StringIO()
    call_command("receive", stdout=out)
    ticket = Ticket.objects.get(number=out.getvalue().strip())
    assert ticket.customer.name == "Gymnasium No. 38"
    assert ticket.contact.position == "IT teacher"
    assert ticket.asset.serial in mail.decode()
    assert ticket.owner_id
    assert ticket.priority <= 3


@pytest.mark.usefixtures("_house")
def test_a_dry_run_reports_and_writes_nothing(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Name,E-mail\nA,a@a.example\nB,nonsense\n")

    said = run(file, "--as", "customers", "--good-rows-only", "--dry-run")

    assert "Would import: 1 new, 0 changed, 0 unchanged, 1 bad." in said
    assert "list.csv:3, E-mail: “nonsense” is no e-mail address. Write it like name@example.com" in said
    assert not Customer.objects.exists()


@pytest.mark.usefixtures("_house")
def test_all_or_nothing_is_the_default_and_bad_rows_come_back_in_a_file(tmp_path):
    file, bad = tmp_path / "list.csv", tmp_path / "bad.csv"
    file.write_text("Name,E-mail\nA,a@a.example\nB,nonsense\n")

    with pytest.raises(CommandError, match="1 rows are bad, so nothing is imported"):
        run(file, "--as", "customers", "--mend", bad)

    assert not Customer.objects.exists()
    assert "B,nonsense,E-mail: “nonsense” is no e-mail address." in bad.read_text("utf-8-sig")


@pytest.mark.usefixtures("_house")
def test_a_guess_is_corrected_by_a_word(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Who,Notes\nA,hello\n")

    run(file, "--as", "customers", "--map", "name=Who", "--map", "notes=")

    assert [(one.name, one.notes) for one in Customer.objects.all()] == [("A", "")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["missing.csv"], "cannot be read: No such file"),
        (["list.csv", "--by", "nobody@a.example"], "nobody@a.example is nobody who may import"),
        (["list.csv", "--map", "nonsense"], "write FIELD=HEADING"),
        (["list.csv", "--as", "assets"], "Model needs a column."),
    ],
)
@pytest.mark.usefixtures("_house")
def test_a_wrong_word_is_refused_with_what_would_work(tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_text("Name,Notes\nA,B\n")

    with pytest.raises(CommandError, match=sentence):
        run(*words)

    assert not ImportRun.objects.filter(state="done").exists()
