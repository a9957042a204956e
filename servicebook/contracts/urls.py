from django.urls import path

from servicebook.contracts.views import balances, contracts

app_name = "contracts"
urlpatterns = [
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<str:number>/", contracts.contract, name="contract"),
    path("contracts/<str:number>/balances/<slug:code>/", balances.balance, name="balance"),
]
