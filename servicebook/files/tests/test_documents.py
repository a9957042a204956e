"""Documents on customers, units and tickets: added, found, sent out, removed."""

import hashlib
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from servicebook import search
from servicebook.accounts.models import Role
from servicebook.core.errors import NotAllowed
from servicebook.files import actions, queries, store
from servicebook.files.models import Document, StoredFile
from servicebook.files.store import FileRefused
from servicebook.files.tests.test_rules import PNG
from servicebook.journal.models import Entry
from servicebook.search.queries import find
from servicebook.testing import make_asset, make_customer, make_site, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(tmp_path, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield
    store.storage.cache_clear()


def attach(subject, by, name="note.txt", data=b"The compressor hums.", **more):
    return actions.attach(subject, name=name, data=data, by=by, **more)


@pytest.mark.req("S0.9")
def test_a_document_hangs_on_its_subject_and_stands_in_its_history(dispatcher):
    site = make_site()

    document = attach(site, dispatcher, kind=Document.Kind.PROCEDURE)

    assert list(queries.documents_of(site)) == [document]
    assert document.kind == "procedure"
    with store.open_bytes(document.file) as file:
        assert file.read() == b"The compressor hums."
    entry = Entry.objects.get(verb="document.attached")
    assert (entry.subject, entry.facts["name"]) == (site, "note.txt")


@pytest.mark.req("S0.9")
def test_a_document_is_found_by_name_and_by_its_words(dispatcher):
    attach(make_site(), dispatcher, name="night-window.txt", data=b"Ask for the escort Akhmetov.")

    assert [hit.title for hit in find("night-window", dispatcher)] == ["night-window.txt"]
    assert [hit.title for hit in find("akhmetov", dispatcher)] == ["night-window.txt"]


@pytest.mark.req("S0.9")
@pytest.mark.parametrize("make", [make_customer, make_site, make_asset, make_ticket])
def test_a_document_is_attached_on_the_page_of_its_thing_listed_there_and_found(
    client, dispatcher, manager, make
):
    client.force_login(dispatcher, backend="allauth.account.auth_backends.AuthenticationBackend")
    thing = make()
    page = client.get(thing.get_absolute_url()).content.decode()
    form = re.search(r'class="sb-attach"[^>]* action="([^"]+)"', page)
    file = SimpleUploadedFile("rack-plan.txt", b"The rack stands by the northern wall.", "text/plain")

    client.post(form[1], {"files": file, "kind": "procedure"})

    document = Document.objects.get()
    assert document.subject == thing
    assert document.get_absolute_url() in client.get(thing.get_absolute_url()).content.decode()
    assert "rack-plan.txt" in client.get("/search/", {"q": "northern"}).content.decode()


def test_the_same_bytes_are_kept_once(dispatcher):
    one, two = attach(make_site(), dispatcher), attach(make_customer(), dispatcher, name="again.txt")

    assert one.file == two.file
    assert StoredFile.objects.get().sha256 == hashlib.sha256(b"The compressor hums.").hexdigest()


@pytest.mark.trust("B9", "B12")
@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("empty.txt", b"", "empty"),
        ("setup.exe", b"MZ\x90\0", "ZIP"),
        ("huge.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\xff\xff" * 2, "smaller"),
        ("large.txt", b"x" * 1_100_000, "larger than 1 MB"),
    ],
)
def test_a_hostile_file_is_refused_and_leaves_nothing(dispatcher, settings, name, data, word):
    settings.CONFIG = settings.CONFIG.model_copy(update={"max_upload_mb": 1})

    with pytest.raises(FileRefused, match=word):
        attach(make_site(), dispatcher, name=name, data=data)

    assert not StoredFile.objects.exists()
    assert not Document.objects.exists()


def test_only_who_added_it_or_a_manager_removes_it(dispatcher, manager):
    site = make_site()
    document = attach(site, dispatcher)

    with pytest.raises(NotAllowed):
        actions.remove(document.pk, by=make_user(Role.DISPATCHER))
    actions.remove(document.pk, by=manager)

    assert not queries.documents_of(site)
    assert not find("note.txt", manager)
    assert Entry.objects.filter(verb="document.removed", subject_id=site.pk).exists()


def test_a_new_name_keeps_its_ending(dispatcher):
    document = attach(make_site(), dispatcher)

    actions.rename(document.pk, name="../../report", by=dispatcher)

    document.refresh_from_db()
    assert document.name == "report.txt"
    assert [hit.title for hit in find("report", dispatcher)] == ["report.txt"]


@pytest.mark.trust("B8")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("page.html", b"<!doctype html><script>alert(1)</script>"),
        ("photo.png", PNG),
        ("<script>alert(1)</script>.txt", b"hello"),
    ],
)
def test_a_download_is_never_a_page(client, dispatcher, name, data):
    document = attach(make_site(), dispatcher, name=name, data=data)
    client.force_login(dispatcher)

    answer = client.get(document.get_absolute_url())

    assert b"".join(answer) == data
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Type"] not in {"text/html", "image/svg+xml"}


@pytest.mark.trust("B8")
@pytest.mark.parametrize(
    ("data", "status"), [(PNG, 200), (b"<svg/>", 404), (b"<html>", 404), (b"%PDF-1.7", 404)]
)
def test_only_pixels_are_shown_inside_a_page(client, dispatcher, data, status):
    document = attach(make_site(), dispatcher, name="photo.png", data=data)
    client.force_login(dispatcher)

    answer = client.get(reverse("files:picture", args=[document.pk]))

    assert answer.status_code == status
    if status == 200:
        assert answer["Content-Type"] == "image/png"
        assert b"".join(answer) == data


@pytest.mark.trust("B1")
def test_a_foreign_document_is_as_good_as_missing(client, engineer, dispatcher):
    document = attach(make_site(), dispatcher, data=PNG, name="photo.png")
    client.force_login(engineer)  # works for nobody yet, so sees no customer

    for route in ("files:document", "files:picture", "files:rename", "files:remove"):
        method = client.get if route in {"files:document", "files:picture"} else client.post
        foreign = method(reverse(route, args=[document.pk]), {"name": "x"})
        missing = method(reverse(route, args=[document.pk + 999]), {"name": "x"})
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
    assert Document.objects.get().name == "photo.png"
    assert not Document.objects.visible_to(engineer)


def test_without_the_guard_it_would_not_be(client, engineer, dispatcher, monkeypatch):
    document = attach(make_site(), dispatcher)
    monkeypatch.setattr(type(Document.objects.all()), "visible_to", lambda rows, user: rows)
    client.force_login(engineer)

    assert b"".join(client.get(document.get_absolute_url())) == b"The compressor hums."


@pytest.mark.parametrize(
    "model",
    ["customers.nothing", "nonsense", "files.document", "accounts.user", "journal.entry", "..", "a.b.c"],
)
def test_documents_hang_only_on_what_says_who_sees_it(client, dispatcher, model):
    client.force_login(dispatcher)
    file = SimpleUploadedFile("a.txt", b"x")

    answer = client.post(reverse("files:attach", args=[model, dispatcher.pk]), {"files": file})

    assert answer.status_code == 404


def test_lost_bytes_are_said_and_not_a_crash(client, dispatcher):
    document = attach(make_site(), dispatcher)
    store.storage().delete(store.path_of(document.file.sha256))
    client.force_login(dispatcher)

    answer = client.get(document.get_absolute_url())

    assert answer.status_code == 409
    assert "backup" in answer.content.decode()


def test_text_for_the_index_is_read_only_a_little(dispatcher):
    document = attach(make_site(), dispatcher, data=b"word " * 100_000)

    entry = search.models.Indexed.objects.get(subject_id=document.pk)

    assert len(entry.text) < 12_000


@pytest.mark.parametrize("count", [1, 5])
def test_the_documents_of_a_thing_take_one_statement(dispatcher, count, django_assert_num_queries):
    site = make_site()
    for number in range(count):
        attach(site, dispatcher, name=f"{number}.txt", data=f"text {number}".encode())

    with django_assert_num_queries(1):
        assert len([(one.file.size, one.added_by.name) for one in queries.documents_of(site)]) == count


def test_a_large_file_is_read_in_one_piece_and_comes_back_whole(dispatcher):
    data = PNG + b"\0" * 3_000_000
    document = attach(make_site(), dispatcher, name="big.png", data=data)

    with store.open_bytes(document.file) as file:
        assert io.BytesIO(file.read()).getvalue() == data
