from django.urls import path

from servicebook.reminders.views import answers, asks, breaches, ladders, rehearsals, waiting

app_name = "reminders"
urlpatterns = [
    path("a/<str:token>/", answers.answer, name="answer"),
    path("asks/", waiting.asks, name="asks"),
    path("asks/breaches/", breaches.breaches, name="breaches"),
    path("asks/<int:pk>/", asks.ask, name="ask"),
    path("asks/<int:pk>/heard", asks.heard, name="heard"),
    path("asks/<int:pk>/decide", asks.decide, name="decide"),
    path("asks/<int:pk>/hand", asks.hand, name="hand"),
    path("settings/reminders/", ladders.ladders, name="ladders"),
    path("settings/reminders/rehearsal/", rehearsals.of_the_house, name="rehearsal"),
    path("settings/reminders/<slug:what>/", ladders.ladder, name="ladder"),
    path("contracts/<str:number>/rehearsal/", rehearsals.of_contract, name="of_contract"),
    path("maintenance/plans/<str:number>/rehearsal/", rehearsals.of_plan, name="of_plan"),
    path("contracts/<str:number>/reminders/<slug:what>/", ladders.own_ladder, name="own_ladder"),
    path(
        "contracts/<str:number>/reminders/<slug:what>/drop/", ladders.drop_own_ladder, name="drop_own_ladder"
    ),
]
