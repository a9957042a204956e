"""The words of tickets: kinds, statuses, reasons to wait, channels."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")
    PLANNED = "planned", _("Planned maintenance")  # made from a plan, never by hand


KINDS_BY_HAND = (Kind.REQUEST, Kind.COMPLAINT)


class Priority(models.IntegerChoices):
    CRITICAL = 1, _("P1 Critical")
    HIGH = 2, _("P2 High")
    NORMAL = 3, _("P3 Normal")
    LOW = 4, _("P4 Low")


class Status(models.TextChoices):
    """S0.48. Sales statuses live elsewhere."""

    QUEUED = "queued", _("In queue")
    WORKING = "working", _("In progress")
    APPROVAL = "approval", _("Pending approval")
    WAITING = "waiting", _("Waiting")
    CLOSED = "closed", _("Closed")


OPEN = (Status.QUEUED, Status.WORKING, Status.APPROVAL, Status.WAITING)


class WaitingReason(models.TextChoices):
    """S0.49."""

    PART = "part", _("Part")
    ACCESS = "access", _("No site access")
    PAYMENT = "payment", _("Payment")
    CLIENT = "client", _("Client decision")
    DELIVERY = "delivery", _("Delivery")


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    MAIL = "mail", _("E-mail")
    MESSENGER = "messenger", _("Messenger")
    API = "api", _("API")
    INTERNAL = "internal", _("Internal request")
    PROGRAM = "program", _("Servicebook")
    IMPORT = "import", _("Import")
