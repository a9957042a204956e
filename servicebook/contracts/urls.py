from django.urls import path

from servicebook.contracts import reference_pages
from servicebook.contracts.views import acts, balances, cases, contracts, editing, milestones, renewals

app_name = "contracts"
urlpatterns = [
    path("contracts/", contracts.contracts, name="contracts"),
    path("renewals/", renewals.renewals, name="renewals"),
    path("contracts/pick/", contracts.pick, name="pick"),
    path("contracts/preview/", editing.preview, name="preview"),
    path("contracts/new/", editing.new, name="new"),
    path("contracts/<str:number>/", contracts.contract, name="contract"),
    path("contracts/<str:number>/edit/", editing.edit, name="edit"),
    path("contracts/<str:number>/amend/", editing.amend, name="amend"),
    path("contracts/<str:number>/case/", cases.case, name="case"),
    path("contracts/<str:number>/balances/<slug:code>/", balances.balance, name="balance"),
    path("contracts/<str:number>/milestones/new/", milestones.new_milestone, name="new_milestone"),
    path("contracts/<str:number>/milestones/<int:pk>/", milestones.milestone, name="milestone"),
    path(
        "contracts/<str:number>/milestones/<int:pk>/<slug:do>/",
        milestones.move_milestone,
        name="move_milestone",
    ),
    path("contracts/<str:number>/act/<slug:do>/", acts.act, name="act"),
    *reference_pages.TEMPLATES.urls(),
    *reference_pages.RATE_CARD.urls(),
    *reference_pages.REFUSALS.urls(),
]
