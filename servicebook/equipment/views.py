"""Pages of equipment."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from servicebook.equipment.models import Asset


def asset(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Asset.objects.visible_to(request.user), pk=pk)
    return render(request, "equipment/asset.html", {"asset": one})
