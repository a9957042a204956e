"""Documents for programs: hang them on something, list them, download them."""

from typing import Annotated, Any, Literal

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile

from servicebook.core import api
from servicebook.core.api import PROBLEMS, From, Id, In, Moment, Out, Page, Paging, answers, inline
from servicebook.core.errors import Refused
from servicebook.files import actions, store
from servicebook.files.models import Document

routes = Router()
DocumentKind = Annotated[Document.Kind, inline(Document.Kind)]
Subject = Literal["customer", "site", "contact", "asset", "contract", "ticket"]
MODELS = {
    "customer": "customers.customer",
    "site": "customers.site",
    "contact": "customers.contact",
    "asset": "equipment.asset",
    "contract": "contracts.contract",
    "ticket": "tickets.ticket",
}
BYTES = {200: {"description": "The bytes", "content": {"application/octet-stream": {"schema": {}}}}}


class DocumentOut(Out):
    id: int
    name: str
    kind: DocumentKind
    content_type: str
    size: Annotated[int, From("file__size")]
    sha256: Annotated[str, From("file__sha256")]
    added_by: Annotated[int | None, From("added_by_id")]
    added_at: Moment


class Holder(In):
    subject: Subject
    id: Id


class HolderFilter(Paging):
    subject: Subject
    id: Id


class DocumentNew(Holder):
    kind: DocumentKind = Document.Kind.OTHER


@routes.get("", response=answers(Page[DocumentOut]), summary="List documents")
def list_documents(request: HttpRequest, find: Query[HolderFilter]) -> HttpResponse:
    """Documents that hang on one customer, site, contact, unit, contract or ticket, oldest first."""
    thing = _holder(request, find.subject, find.id)
    return api.page(_of(thing), DocumentOut, find)


@routes.post("", response=answers(DocumentOut, 201), summary="Attach a document")
def attach_document(request: HttpRequest, about: Form[DocumentNew], file: File[UploadedFile]) -> HttpResponse:
    """What the file is, is judged by its bytes."""
    if (file.size or 0) > store.largest():
        raise store.too_large(store.largest())
    document = actions.attach(
        _holder(request, about.subject, about.id),
        name=file.name or "",
        data=file.read(),
        content_type=file.content_type or "",
        kind=about.kind,
        by=request.user,  # type: ignore[arg-type]
    )
    return api.reply(api.shown(document, DocumentOut), 201)


@routes.get("/{int:document}", response=answers(DocumentOut), summary="Read what a document is")
def read_document(request: HttpRequest, document: Id) -> HttpResponse:
    return api.reply(api.read(Document.objects.visible_to(request.user), DocumentOut, pk=document))


@routes.get(
    "/{int:document}/content",
    response=dict(PROBLEMS),
    summary="Download a document",
    openapi_extra={"responses": BYTES},
)
def download_document(request: HttpRequest, document: Id) -> HttpResponseBase:
    found = api.or_404(Document.objects.visible_to(request.user).select_related("file"), pk=document)
    try:
        opened = store.open_bytes(found.file)
    except FileNotFoundError:
        text = _("The bytes of %(name)s are missing from the file store. Restore them from a backup.")
        raise Refused(text % {"name": found.name}, code="file_missing") from None
    return FileResponse(
        opened, as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )


def _holder(request: HttpRequest, subject: str, key: int) -> models.Model:
    model: Any = apps.get_model(MODELS[subject])
    found: models.Model = api.or_404(model._default_manager.visible_to(request.user), pk=key)
    return found


def _of(thing: models.Model) -> models.QuerySet[Document]:
    kind = ContentType.objects.get_for_model(thing)
    return Document.objects.filter(subject_type=kind, subject_id=thing.pk)
