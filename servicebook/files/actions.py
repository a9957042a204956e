"""The only writers of documents."""

from typing import TYPE_CHECKING, cast

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.core import clock
from servicebook.core.errors import NotAllowed
from servicebook.files import store
from servicebook.files.models import Document
from servicebook.files.rules import bombs, kinds, names
from servicebook.files.store import FileRefused
from servicebook.search.indexing import forget

if TYPE_CHECKING:
    from servicebook.accounts.models import User

MAY_REMOVE_ANY = ("administrator", "manager")


def attach(
    subject: models.Model,
    *,
    name: str,
    data: bytes,
    content_type: str = "",
    kind: str = Document.Kind.OTHER,
    by: "User | None",
    by_name: str = "",
) -> Document:
    """Hang a file on `subject`.

    The bytes go to the store first, so that a slow store holds no lock. What the file is, is
    judged by its bytes; `content_type`, the sender's word, is only kept out of the refusal's way.

    Args:
        by: the person of the house; None for a customer's mail, whose sender is `by_name`.

    Raises:
        FileRefused: empty, too large, of a kind that is not kept here, or a bomb.
    """
    named = names.cleaned(name)
    known = kinds.kind_of(data, named) or ""
    if data:
        if not known:
            raise FileRefused(
                _(
                    "%(name)s was not kept: %(kind)s is no picture, document, text, archive or recording "
                    "that is known here. Put it into a ZIP archive if it is really needed."
                )
                % {"name": named, "kind": content_type or names.ending(named) or _("this file")}
            )
        if bombs.is_bomb(data, known):
            raise FileRefused(
                _("%(name)s was not kept: it would fill a computer when opened. Send a smaller one.")
                % {"name": named}
            )
    stored = store.keep(data)  # refuses an empty one
    if kind not in Document.Kind:
        kind = Document.Kind.OTHER
    with transaction.atomic():
        document = Document.objects.create(
            file=stored,
            name=named,
            content_type=known,
            kind=kind,
            subject=subject,
            added_by=by,
            added_at=clock.now(),
        )
        journal.record("document.attached", subject, by=by, by_name=by_name, name=named, sha256=stored.sha256)
        search.index(document, new=True)
        agenda.refresh(subject)
    return document


@transaction.atomic
def hang_also(document: Document, *, on: models.Model, by: "User | None") -> Document:
    """Hang the file of a document on another thing, too; there once, however often it is said."""
    kind = ContentType.objects.get_for_model(on)
    known = Document.objects.filter(file=document.file, subject_type=kind, subject_id=on.pk).first()
    if known:
        return known
    other = Document.objects.create(
        file=document.file,
        name=document.name,
        content_type=document.content_type,
        kind=document.kind,
        subject=on,
        added_by=by,
        added_at=clock.now(),
    )
    journal.record("document.attached", on, by=by, name=document.name, sha256=document.file.sha256)
    search.index(other, new=True)
    agenda.refresh(on)
    return other


@transaction.atomic
def rename(document_id: int, *, name: str, by: "User") -> Document:
    """Give a document another name. The ending stays, so that it opens as what it is.

    Raises:
        NotAllowed: it was added by somebody else.
    """
    document = Document.objects.select_for_update().get(pk=document_id)
    _own(document, by)
    before, named = document.name, names.cleaned(name)
    if names.ending(named) != names.ending(before) and names.ending(before):
        named = names.cleaned(f"{named}.{names.ending(before)}")
    if named != before:
        document.name = named
        document.save(update_fields=["name"])
        journal.record("document.renamed", _subject(document), by=by, before=before, after=named)
        search.index(document)
    return document


@transaction.atomic
def remove(document_id: int, *, by: "User") -> None:
    """Take a document off its page. Its bytes stay in the store, its name in the history.

    Raises:
        NotAllowed: it was added by somebody else.
        FileRefused: something refers to it as its proof.
    """
    document = Document.objects.select_for_update().get(pk=document_id)
    _own(document, by)
    subject = _subject(document)
    journal.record("document.removed", subject, by=by, name=document.name, sha256=document.file.sha256)
    forget(document)
    try:
        document.delete()
    except models.ProtectedError:
        raise FileRefused(
            _("%(name)s stays: it is the proof of recorded work. Take it off there first.")
            % {"name": document.name}
        ) from None
    agenda.refresh(subject)


def may_change(document: Document, user: "User") -> bool:
    """Whether `user` may rename or remove the document: the own ones, or as a manager any."""
    return document.added_by_id == user.pk or user.has_role(*MAY_REMOVE_ANY)


def _subject(document: Document) -> models.Model:
    """What it hangs on; nothing that holds documents is ever deleted."""
    return cast("models.Model", document.subject)


def _own(document: Document, by: "User") -> None:
    if not may_change(document, by):
        raise NotAllowed(
            _("%(name)s was added by somebody else. Ask them or a service manager.") % {"name": document.name}
        )
