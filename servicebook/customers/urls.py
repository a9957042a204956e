from django.urls import path

from servicebook.customers.views import contacts, customers, promises, regions, sites

app_name = "customers"
urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.new_customer, name="new_customer"),
    path("customers/pick/", customers.pick_customer, name="pick"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.edit_customer, name="edit_customer"),
    path("customers/<int:pk>/contacts/new/", contacts.new_contact, name="new_contact"),
    path("customers/<int:pk>/sites/new/", sites.new_site, name="new_site"),
    path("customers/<int:pk>/promises/new/", promises.new_promise, name="new_promise"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/<int:pk>/", contacts.contact, name="contact"),
    path("contacts/<int:pk>/edit/", contacts.edit_contact, name="edit_contact"),
    path("contacts/<int:pk>/replace/", contacts.replace_contact, name="replace_contact"),
    path("contacts/<int:pk>/reinstate/", contacts.reinstate_contact, name="reinstate_contact"),
    path("sites/", sites.sites, name="sites"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/edit/", sites.edit_site, name="edit_site"),
    path("sites/<int:pk>/places/new/", sites.new_place, name="new_place"),
    path("places/<int:pk>/", sites.edit_place, name="edit_place"),
    path("places/<int:pk>/remove/", sites.remove_place, name="remove_place"),
    path("promises/", promises.promises, name="promises"),
    path("promises/<int:pk>/", promises.promise, name="promise"),
    path("promises/<int:pk>/keep/", promises.keep_promise, name="keep_promise"),
    path("promises/<int:pk>/drop/", promises.drop_promise, name="drop_promise"),
    path("promises/<int:pk>/move/", promises.move_promise, name="move_promise"),
    path("promises/<int:pk>/hand/", promises.hand_promise, name="hand_promise"),
    path("settings/regions/", regions.regions, name="regions"),
    path("settings/regions/new/", regions.new_region, name="new_region"),
    path("settings/regions/<int:pk>/", regions.edit_region, name="edit_region"),
]
