from django.urls import path

from servicebook.reminders.views import answers, asks, ladders, waiting

app_name = "reminders"
urlpatterns = [
    path("a/<str:token>/", answers.answer, name="answer"),
    path("asks/", waiting.asks, name="asks"),
    path("asks/<int:pk>/", asks.ask, name="ask"),
    path("asks/<int:pk>/heard", asks.heard, name="heard"),
    path("asks/<int:pk>/decide", asks.decide, name="decide"),
    path("settings/reminders/", ladders.ladders, name="ladders"),
    path("settings/reminders/<slug:what>/", ladders.ladder, name="ladder"),
    path("contracts/<str:number>/reminders/<slug:what>/", ladders.own_ladder, name="own_ladder"),
    path(
        "contracts/<str:number>/reminders/<slug:what>/drop/", ladders.drop_own_ladder, name="drop_own_ladder"
    ),
]
