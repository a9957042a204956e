"""One family of refusals. A refusal says what was refused, why, and what would work."""

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText

Text = str | LazyText


class Refused(Exception):
    """A request that the rules do not allow.

    Attributes:
        code: part of the API; never changes. The text is for the person.
        fields: what is wrong per field name, where fields are to blame; empty otherwise.
    """

    code = "refused"

    def __init__(
        self, text: Text, *, code: str | None = None, fields: Mapping[str, Text] | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code or self.code
        self.fields = {name: str(message) for name, message in (fields or {}).items()}

    def __str__(self) -> str:
        return str(self.text)


class NotAllowed(Refused):
    """The person's role does not include this."""

    code = "not_allowed"


class Changed(Refused):
    """Somebody else changed the thing in the meantime."""

    code = "changed_meanwhile"
