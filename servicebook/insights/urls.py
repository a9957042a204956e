from django.urls import path

from servicebook.insights.views import compliance, renewal, trends

app_name = "insights"
urlpatterns = [
    path("insights/", trends.trends, name="trends"),
    path("contracts/<str:number>/compliance/", compliance.compliance, name="compliance"),
    path("contracts/<str:number>/renewal/", renewal.renewal, name="renewal"),
]
