from django.urls import path

from servicebook.equipment import reference_pages
from servicebook.equipment.views import assets, parts

app_name = "equipment"
urlpatterns = [
    path("equipment/", assets.assets, name="assets"),
    path("equipment/new/", assets.new_asset, name="new_asset"),
    path("equipment/pick/", assets.pick_asset, name="pick_asset"),
    path("equipment/pick-site/", assets.pick_site, name="pick_site"),
    path("equipment/places/", assets.places, name="places"),
    path("equipment/pick-model/", assets.pick_model, name="pick_model"),
    path("equipment/<int:pk>/", assets.asset, name="asset"),
    path("equipment/<int:pk>/edit/", assets.edit_asset, name="edit_asset"),
    path("equipment/<int:pk>/move/", assets.move_asset, name="move_asset"),
    path("equipment/<int:pk>/swap/", assets.swap_asset, name="swap_asset"),
    path("equipment/<int:pk>/state/", assets.change_state, name="change_state"),
    path("equipment/<int:pk>/warranties/new/", parts.new_warranty, name="new_warranty"),
    path("equipment/<int:pk>/meters/new/", parts.new_meter, name="new_meter"),
    path("equipment/<int:pk>/readings/new/", parts.new_reading, name="new_reading"),
    path("warranties/<int:pk>/", parts.edit_warranty, name="edit_warranty"),
    path("warranties/<int:pk>/remove/", parts.remove_warranty, name="remove_warranty"),
    *reference_pages.MODELS.urls(),
    *reference_pages.CATEGORIES.urls(),
]
