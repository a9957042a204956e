"""The directories of models and categories (S0.55)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.requests import SignedInRequest
from servicebook.core.exports import Column
from servicebook.core.listing import Listing, Sort
from servicebook.equipment import actions
from servicebook.equipment.forms import CategoryForm, ModelForm
from servicebook.equipment.models import AssetModel, Category

MODEL_SORTS = {
    "maker": Sort(gettext_lazy("Maker"), ("maker", "name", "pk")),
    "name": Sort(gettext_lazy("Model"), ("name", "pk")),
}
MODEL_COLUMNS = [
    Column(gettext_lazy("Maker"), lambda one: one.maker),
    Column(gettext_lazy("Model"), lambda one: one.name),
    Column(gettext_lazy("Category"), lambda one: one.category.name if one.category else ""),
    Column(gettext_lazy("Active"), lambda one: one.active),
]


def models(request: SignedInRequest) -> HttpResponseBase:
    found = Listing(
        request,
        AssetModel.objects.select_related("category"),
        sorts=MODEL_SORTS,
        columns=MODEL_COLUMNS,
        filename="models",
    )
    return found.response("equipment/models.html", "equipment/_models.html")


def new_model(request: SignedInRequest) -> HttpResponse:
    return _edit_model(request, AssetModel())


def edit_model(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit_model(request, get_object_or_404(AssetModel, pk=pk))


def _edit_model(request: SignedInRequest, one: AssetModel) -> HttpResponse:
    known = one if one.pk else None
    name = str(one)
    form = ModelForm(request.POST or None, model=known)
    if request.method == "POST" and form.is_valid():
        for field, value in form.cleaned_data.items():
            setattr(one, field, value)
        if form.tried(actions.save_model, one, by=request.user):
            messages.success(request, _("%(name)s is saved.") % {"name": one})
            return redirect("equipment:models")
    context = {"form": form, "known": known, "name": name}
    return render(request, "equipment/model_form.html", context, status=422 if form.errors else 200)


def categories(request: SignedInRequest) -> HttpResponse:
    return render(request, "equipment/categories.html", {"categories": Category.objects.all()[:500]})


def new_category(request: SignedInRequest) -> HttpResponse:
    return _edit_category(request, Category())


def edit_category(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit_category(request, get_object_or_404(Category, pk=pk))


def _edit_category(request: SignedInRequest, one: Category) -> HttpResponse:
    known = one if one.pk else None
    form = CategoryForm(request.POST or None, initial={"name": one.name})
    name = one.name
    if request.method == "POST" and form.is_valid():
        one.name = form.cleaned_data["name"]
        if form.tried(actions.save_category, one, by=request.user):
            return redirect("equipment:categories")
    context = {"form": form, "known": known, "name": name}
    return render(request, "equipment/category_form.html", context, status=422 if form.errors else 200)
