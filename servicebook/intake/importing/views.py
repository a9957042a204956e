"""The import in the browser: send a file, say what its columns are, see what will happen, import."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import exports
from servicebook.core.errors import Refused
from servicebook.core.exports import Column
from servicebook.core.listing import Listing, Sort
from servicebook.files import store
from servicebook.intake.importing import actions, engine, mending
from servicebook.intake.importing.fields import fields_of
from servicebook.intake.importing.forms import ColumnsForm, FileForm, ReadAsForm
from servicebook.intake.importing.guard import SpreadsheetRefused
from servicebook.intake.importing.profiles import BY_NAME
from servicebook.intake.importing.reading import lines
from servicebook.intake.models import ImportRun

SAMPLES = 5
PROBLEMS_SHOWN = 50
State = ImportRun.State
RUNNING = (State.CHECKING, State.WRITING)


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SignedInRequest) -> HttpResponseBase:
    """Send a file; below, the files sent before."""
    form = FileForm(request.POST or None, request.FILES or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            if sent.size > store.largest():
                raise store.too_large(store.largest())
            run = actions.take_in(
                sent.read(), name=sent.name, entity=form.cleaned_data["entity"], by=request.user
            )
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect(run)
    listing = Listing(
        request,
        ImportRun.objects.visible_to(request.user).select_related("started_by"),
        sorts={"new": Sort(_("Newest"), ("-pk",))},
        columns=[
            Column(_("File"), lambda run: run.file_name),
            Column(_("Rows"), lambda run: run.get_entity_display()),
            Column(_("State"), lambda run: run.get_state_display()),
            Column(_("New"), lambda run: run.created),
            Column(_("Changed"), lambda run: run.updated),
            Column(_("Unchanged"), lambda run: run.unchanged),
            Column(_("Bad"), lambda run: run.refused),
            Column(_("By"), lambda run: run.started_by.name),
            Column(_("Sent"), lambda run: run.started_at),
        ],
        filename="imports",
    )
    return listing.response("intake/imports/imports.html", "intake/imports/_imports.html", {"form": form})


@require_safe
@never_cache
def one(request: SignedInRequest, pk: int) -> HttpResponse:
    """One import at its present step."""
    run = _run(request, pk)
    if run.state == State.MAPPING:
        return _columns_page(request, run, ColumnsForm(run))
    return render(request, "intake/imports/run.html", _facts(run))


@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    form = ColumnsForm(run, request.POST)
    if not form.is_valid():
        return _columns_page(request, run, form, status=422)
    try:
        actions.check(run.pk, mapping=form.mapping, choice=form.cleaned_data["choice"], by=request.user)
    except Refused as refused:
        form.mark(refused.fields or {"": str(refused)})
        return _columns_page(request, run, form, status=422)
    return redirect(run)


@require_POST
def read_as(request: SignedInRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    form = ReadAsForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            actions.read_as(run.pk, by=request.user, **form.cleaned_data)
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect(run)


@require_POST
def write(request: SignedInRequest, pk: int) -> HttpResponse:
    return _step(
        request, pk, lambda run: actions.write(run.pk, choice=request.POST.get("choice", ""), by=request.user)
    )


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    return _step(request, pk, lambda run: actions.cancel(run.pk, by=request.user))


@require_POST
def back(request: SignedInRequest, pk: int) -> HttpResponse:
    return _step(request, pk, lambda run: actions.back_to_columns(run.pk, by=request.user))


@require_safe
@never_cache
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part of the page that follows a running import; the whole page once it stands."""
    run = _run(request, pk)
    response = render(request, "intake/imports/_progress.html", _facts(run))
    if run.state not in RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def problems(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The bad rows as a file to mend."""
    run = _run(request, pk)
    response = StreamingHttpResponse(
        exports.csv_pieces(mending.table(run)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="to-mend-{run.pk}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _run(request: SignedInRequest, pk: int) -> ImportRun:
    seen = ImportRun.objects.visible_to(request.user).select_related("file", "started_by")
    return get_object_or_404(seen, pk=pk)


def _step(request: SignedInRequest, pk: int, take: Any) -> HttpResponse:
    run = _run(request, pk)
    try:
        take(run)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(run)


def _columns_page(
    request: SignedInRequest, run: ImportRun, form: ColumnsForm, status: int = 200
) -> HttpResponse:
    samples: list[dict[str, str]] = []
    try:
        with store.open_bytes(run.file) as file:
            samples = [line.cells for line in islice(lines(file, engine.shape_of(run)), SAMPLES)]
    except SpreadsheetRefused as refused:
        messages.error(request, str(refused))
    profile = BY_NAME.get(run.profile)
    initial = {"entity": run.entity, "encoding": run.shape["encoding"], "delimiter": run.shape["delimiter"]}
    context = {
        "run": run,
        "form": form,
        "columns": form.columns(samples),
        "program": profile.program if profile else "",
        "read_as": ReadAsForm(initial=initial, label_suffix=""),
        "needed": [field for field in fields_of(run.entity) if field.required],
    }
    return render(request, "intake/imports/columns.html", context, status=status)


def _facts(run: ImportRun) -> dict[str, Any]:
    total = max(run.rows_total, run.rows_read, 1)
    shown = run.problems.order_by("line", "pk")[: PROBLEMS_SHOWN + 1]
    return {
        "run": run,
        "running": run.state in RUNNING,
        "percent": round(100 * run.rows_read / total),
        "at_once": run.state == State.WRITING and run.choice == ImportRun.Choice.ALL,
        "headings": [run.mapping[field.name] for field in fields_of(run.entity) if field.name in run.mapping],
        "problems": list(shown)[:PROBLEMS_SHOWN],
        "more_problems": len(shown) > PROBLEMS_SHOWN,
        "good": run.created + run.updated,
        "program": BY_NAME[run.profile].program if run.profile in BY_NAME else "",
        "tone": run.tone,
    }
