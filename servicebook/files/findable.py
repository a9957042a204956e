"""Documents are found by name, and by the words of those that are text."""

from django.utils.translation import gettext_lazy as _

from servicebook.files import store
from servicebook.files.models import Document
from servicebook.files.rules import kinds
from servicebook.search import Findable, findable

READ_BYTES = 10_000


@findable(Document, icon="paperclip", most=4, plural=_("Documents"), place=6)
def say(document: Document) -> Findable:
    return Findable(title=document.name, detail=str(document.subject), words=_words(document))


def _words(document: Document) -> str:
    if not kinds.is_text(document.content_type):
        return ""
    with store.open_bytes(document.file) as file:
        return (kinds.text_of(file.read(READ_BYTES)) or "").replace("\x00", " ")
