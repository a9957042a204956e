from django.urls import path

from servicebook.maintenance import reference_pages
from servicebook.maintenance.views import (
    checklists,
    due,
    making,
    occurrences,
    plans,
    trips,
    worksheets,
    writing,
)

app_name = "maintenance"
urlpatterns = [
    path("maintenance/", due.due, name="due"),
    path("maintenance/make/", making.make, name="make"),
    path("maintenance/making/", making.making, name="making"),
    path("maintenance/all/", due.every, name="every"),
    path("maintenance/calendar/", due.calendar, name="calendar"),
    path("maintenance/calendar/<str:month>/", due.calendar, name="month"),
    path("maintenance/trips/", trips.trips, name="trips"),
    path("maintenance/trips/make/", trips.make, name="make_trip"),
    path("maintenance/trips/<int:pk>/apart/", trips.apart, name="apart"),
    path("maintenance/plans/", plans.plans, name="plans"),
    path("maintenance/plans/pick/", plans.pick, name="pick"),
    path("maintenance/plans/new/", writing.new, name="new"),
    path("maintenance/plans/reading/", writing.reading, name="reading"),
    path("maintenance/plans/<str:number>/", plans.plan, name="plan"),
    path("maintenance/plans/<str:number>/edit/", writing.edit, name="edit"),
    path("maintenance/plans/<str:number>/preview/", plans.preview, name="preview"),
    path("maintenance/plans/<str:number>/act/<slug:do>/", plans.act, name="plan_act"),
    path("maintenance/occurrences/<int:pk>/", occurrences.occurrence, name="occurrence"),
    path("maintenance/occurrences/<int:pk>/act/<slug:do>/", occurrences.act, name="act"),
    path("maintenance/parts/<int:pk>/<slug:do>/", occurrences.part, name="part"),
    path("maintenance/worksheet/<str:number>/", worksheets.worksheet, name="worksheet"),
    path("maintenance/worksheet/<str:number>/<int:pk>/", worksheets.line, name="line"),
    path("settings/checklists/", checklists.listing, name="checklists"),
    path("settings/checklists/new/", checklists.new, name="new_checklist"),
    path("settings/checklists/<int:pk>/", checklists.checklist, name="checklist"),
    path("settings/checklists/<int:pk>/switch/", checklists.switch, name="switch_checklist"),
    *reference_pages.KITS.urls(),
]
