from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def today(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and what can go wrong today."""
    return render(request, "desk/today.html")
