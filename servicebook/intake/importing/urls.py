from django.urls import path

from servicebook.intake.importing import views

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/<int:pk>/", views.one, name="import"),
    path("import/<int:pk>/read-as", views.read_as, name="import_read_as"),
    path("import/<int:pk>/check", views.check, name="import_check"),
    path("import/<int:pk>/write", views.write, name="import_write"),
    path("import/<int:pk>/cancel", views.cancel, name="import_cancel"),
    path("import/<int:pk>/back", views.back, name="import_back"),
    path("import/<int:pk>/progress", views.progress, name="import_progress"),
    path("import/<int:pk>/to-mend.csv", views.problems, name="import_problems"),
]
