"""Pages of customers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from servicebook.customers.models import Contact, Customer, Promise, Site


def customer(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return render(request, "customers/customer.html", {"customer": one})


def site(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Site.objects.visible_to(request.user), pk=pk)
    return render(request, "customers/site.html", {"site": one})


def contact(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    return render(request, "customers/contact.html", {"contact": one})


def promise(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Promise.objects.visible_to(request.user), pk=pk)
    return render(request, "customers/promise.html", {"promise": one})
