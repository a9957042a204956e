from django.urls import path

from servicebook.files import views

app_name = "files"
urlpatterns = [
    path("files/<int:pk>/", views.document, name="document"),
    path("files/<int:pk>/picture/", views.picture, name="picture"),
    path("files/<int:pk>/rename/", views.rename, name="rename"),
    path("files/<int:pk>/remove/", views.remove, name="remove"),
    path("files/attach/<str:model>/<int:subject>/", views.attach, name="attach"),
]
