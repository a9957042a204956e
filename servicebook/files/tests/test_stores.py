"""The same documents at an S3-compatible service, proven against a real server of its protocol."""

from urllib.parse import quote

import pytest

from servicebook.accounts.models import Role
from servicebook.files import actions, store
from servicebook.testing import make_site, make_user

boto3 = pytest.importorskip("boto3", reason="needs the dev group: django-storages[s3]")
moto_server = pytest.importorskip("moto.server", reason="needs the dev group: moto")


@pytest.fixture
def bucket(settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = moto_server.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="book")
    url = f"s3://book/documents?endpoint={quote(endpoint)}&region=us-east-1"
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": url})
    store.storage.cache_clear()
    yield client
    store.storage.cache_clear()
    server.stop()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_documents_live_at_an_s3_service_by_one_url(bucket, client):
    person = make_user(Role.DISPATCHER)
    document = actions.attach(make_site(), name="act.pdf", data=b"%PDF-1.7 signed", by=person)
    client.force_login(person)

    answer = client.get(document.get_absolute_url())

    assert b"".join(answer) == b"%PDF-1.7 signed"
    assert answer["Content-Disposition"] == 'attachment; filename="act.pdf"'
    keys = [one["Key"] for one in bucket.list_objects_v2(Bucket="book")["Contents"]]
    assert keys == [f"documents/{store.path_of(document.file.sha256)}"]
