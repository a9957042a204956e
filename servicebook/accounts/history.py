"""How changes of people, teams and keys are said."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal import history
from servicebook.journal.history import Sentence

history.register(
    {
        "user.added": Sentence(_("%(name)s was added as %(roles)s."), "user-plus"),
        "user.changed": Sentence(_("Changed: %(fields)s."), "pencil"),
        "user.roles_changed": Sentence(_("Roles changed from %(before)s to %(after)s."), "shield"),
        "user.deactivated": Sentence(_("The access of %(name)s was ended."), "user-x"),
        "user.activated": Sentence(_("%(name)s may sign in again."), "user-check"),
        "user.invited": Sentence(_("A link to set the password was made."), "mail"),
        "user.password_changed": Sentence(_("The password was changed."), "key"),
        "user.signed_in": Sentence(_("Signed in."), "login"),
        "team.added": Sentence(_("Team %(name)s was added; lead: %(lead)s."), "users"),
        "team.changed": Sentence(_("Team %(name)s was changed; lead: %(lead)s."), "users"),
        "token.issued": Sentence(_("Key for “%(name)s” was made: %(scopes)s."), "key"),
        "token.revoked": Sentence(_("Key for “%(name)s” was revoked."), "lock"),
    }
)
