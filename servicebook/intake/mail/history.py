"""How the history says what mails did."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "mail.put_aside": Sentence(_("Mail put aside: %(because)s"), "mail-off"),
        "mail.understood": Sentence(_("Mail taken in again: %(what)s"), "mail"),
        "ticket.needs_customer": Sentence(
            _("Nobody knows %(address)s yet. Place the ticket with its customer."), "help"
        ),
        "ticket.placed": Sentence(_("Placed with %(customer)s, before with %(before)s"), "building"),
        "ticket.sender_unknown": Sentence(
            _("%(address)s wrote to this ticket, but is no contact of this customer."), "alert-triangle"
        ),
        "ticket.staff_not_proven": Sentence(
            _("The mail says it is from %(name)s (%(address)s). Nothing proves it."), "alert-triangle"
        ),
        "ticket.mail_left_out": Sentence(_("Not taken over from the mail: %(what)s"), "paperclip"),
    }
)
