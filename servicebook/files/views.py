"""Documents go out only to whoever sees what they hang on, and never as a page."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from servicebook.core.errors import Refused
from servicebook.files import actions, store
from servicebook.files.models import Document, may_hold_documents
from servicebook.files.rules import kinds

# Even a browser that shows a download as a page may not run anything in it.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download a document."""
    found = _visible(request, pk)
    return _bytes(found, as_attachment=True)


@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a picture in a page. Only pixels: an SVG or a page is not one."""
    found = _visible(request, pk)
    if not found.is_picture:
        raise Http404
    return _bytes(found, as_attachment=False)


@require_POST
def attach(request: HttpRequest, model: str, subject: int) -> HttpResponse:
    """Attach one or more files to what `model` ("customers.site") and `subject` name."""
    thing = _subject(request, model, subject)
    uploads = request.FILES.getlist("files")
    refused: list[str] = []
    if not uploads:
        refused.append(_("Choose a file first."))
    for upload in uploads:
        try:
            if (upload.size or 0) > store.largest():  # before it is read into memory
                raise store.too_large(store.largest())
            actions.attach(
                thing,
                name=upload.name or "",
                data=upload.read(),
                content_type=upload.content_type or "",
                kind=request.POST.get("kind", ""),
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as error:
            refused.append(str(error))
    return _card(request, thing, refused)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a document another name."""
    found = _visible(request, pk)
    refused = []
    try:
        actions.rename(found.pk, name=request.POST.get("name", ""), by=request.user)  # type: ignore[arg-type]
    except Refused as error:
        refused.append(str(error))
    return _card(request, found.subject, refused)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a document off its page."""
    found = _visible(request, pk)
    refused = []
    try:
        actions.remove(found.pk, by=request.user)  # type: ignore[arg-type]
    except Refused as error:
        refused.append(str(error))
    return _card(request, found.subject, refused)


def _visible(request: HttpRequest, pk: int) -> Document:
    return get_object_or_404(Document.objects.visible_to(request.user).select_related("file"), pk=pk)


def _subject(request: HttpRequest, label: str, pk: int) -> Any:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        raise Http404 from None
    if not may_hold_documents(model):
        raise Http404
    visible = model._default_manager.visible_to(request.user)
    return get_object_or_404(visible, pk=pk)


def _bytes(found: Document, *, as_attachment: bool) -> HttpResponseBase:
    try:
        opened = store.open_bytes(found.file)
    except FileNotFoundError:
        raise Refused(
            _("The bytes of %(name)s are missing from the file store. Restore them from a backup.")
            % {"name": found.name},
            code="file_missing",
        ) from None
    response = FileResponse(
        opened,
        as_attachment=as_attachment,
        filename=found.name,
        content_type=kinds.served_as(found.content_type),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-cache"
    response["Content-Length"] = str(found.file.size)
    return response


def _card(request: HttpRequest, thing: Any, refused: list[str]) -> HttpResponse:
    """The card again for htmx; for a plain form the page that it stands on."""
    if "HX-Request" in request.headers:
        from servicebook.files.templatetags.documents import card

        context = card({"request": request}, thing) | {"refused": refused}
        return render(request, "files/_documents.html", context, status=409 if refused else 200)
    for text in refused:
        messages.error(request, text)
    return redirect(thing)
