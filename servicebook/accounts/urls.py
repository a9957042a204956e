from django.urls import path

from servicebook.accounts import views

app_name = "accounts"
urlpatterns = [
    path("settings/users/", views.users, name="users"),
    path("settings/users/new/", views.add_user, name="add_user"),
    path("settings/users/<int:pk>/", views.user, name="user"),
    path("settings/users/<int:pk>/switch/", views.switch_user, name="switch_user"),
    path("settings/users/<int:pk>/invite/", views.invite, name="invite"),
    path("settings/teams/", views.teams, name="teams"),
    path("settings/teams/new/", views.add_team, name="add_team"),
    path("settings/teams/<int:pk>/", views.team, name="team"),
    path("settings/me/", views.me, name="me"),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/new/", views.issue_token, name="issue_token"),
    path("settings/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
]
