from django.urls import path

from servicebook.intake.importing.urls import urlpatterns as importing
from servicebook.intake.mail import views as mail
from servicebook.intake.messenger import views as messenger
from servicebook.intake.phone import views as phone

app_name = "intake"
urlpatterns = [
    path("phone/", phone.phone, name="phone"),
    path("request/", phone.internal_request, name="request"),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:pk>/raw", mail.raw, name="mail_raw"),
    path("mail/<int:pk>/again", mail.again, name="mail_again"),
    path("mail/place/<str:number>/", mail.place, name="place"),
    path("texts/", messenger.texts, name="texts"),
    path("texts/<int:pk>/again", messenger.again, name="text_again"),
    path("in/sms/", messenger.sms_in, name="sms_in"),
    *importing,
]
