from django.urls import path

from servicebook.messaging import browser_pages, public_pages, text_pages, views

app_name = "messaging"
urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("deliveries/<int:pk>/send-again/", views.send_again, name="send_again"),
    path("contacts/<int:pk>/wish/", views.wish, name="wish"),
    path("contacts/<int:pk>/lift/", views.lift, name="lift"),
    path("u/<str:token>/", public_pages.unsubscribe, name="unsubscribe"),
    path("contacts/<int:pk>/end-chat/", views.end_chat, name="end_chat"),
    path("me/end-chat/", views.end_own_chat, name="end_own_chat"),
    path("sw.js", browser_pages.service_worker, name="service_worker"),
    path("sw/moved/", browser_pages.moved, name="browser_moved"),
    path("settings/me/browsers/", browser_pages.switch_on, name="browser_on"),
    path("settings/me/browsers/ring/", browser_pages.ring, name="ring"),
    path("settings/me/browsers/<int:pk>/off/", browser_pages.switch_off, name="browser_off"),
    path("settings/texts/", text_pages.every_text, name="texts"),
    path("settings/texts/<slug:code>/<slug:language>/", text_pages.text, name="text"),
    path("settings/texts/<slug:code>/<slug:language>/restore/", text_pages.restore, name="restore_text"),
]
