"""Collect the texts to translate, and compile the translations. For developers: it needs GNU gettext.

Texts go from the sources into `servicebook/locale/<language>/LC_MESSAGES/django.po`, the translations
from there into the `.mo` beside it. Both are committed, so that nobody else needs gettext.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "servicebook"
LANGUAGES = ("ru", "kk", "tr", "zh_Hans")
# What stands in a catalogue besides texts. Nothing that changes without a text being changed.
HEADER = (
    "Project-Id-Version: Servicebook\n"
    "Language: {language}\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: {plural}\n"
)
PLURALS = {
    "ru": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
        "n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
    ),
    "kk": "nplurals=2; plural=(n!=1);",
    "tr": "nplurals=2; plural=(n>1);",
    "zh_Hans": "nplurals=1; plural=0;",
}


def main() -> int:
    missing = [tool for tool in ("xgettext", "msgmerge", "msgfmt") if not shutil.which(tool)]
    if missing:
        print(f"{', '.join(missing)} is missing. Install GNU gettext, such as: apt-get install gettext")
        return 1
    for language in LANGUAGES:
        catalogue(language).parent.mkdir(parents=True, exist_ok=True)
        if not catalogue(language).exists():
            catalogue(language).write_text(head(language), encoding="utf-8")
    collect()
    for language in LANGUAGES:
        finish(language)
    return 0


def catalogue(language: str) -> Path:
    return SOURCES / "locale" / language / "LC_MESSAGES" / "django.po"


def head(language: str) -> str:
    """Return the first entry of a catalogue, which says how to read it."""
    lines = HEADER.format(language=language, plural=PLURALS[language]).splitlines()
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines)


def collect() -> None:
    """Bring every catalogue up to the sources; texts that are gone leave it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
    os.environ["TZ"] = "UTC"
    sys.path.insert(0, str(ROOT))
    os.chdir(SOURCES)

    import django
    from django.core.management import call_command
    from django.core.management.commands import makemessages

    django.setup()
    command = makemessages.Command()
    # A guess from a similar text is worse than English.
    command.msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching"]
    call_command(
        command,
        locale=list(LANGUAGES),
        ignore_patterns=["tests/*", "static/*"],
        no_wrap=True,
        no_obsolete=True,
        add_location="file",
        verbosity=0,
    )


def finish(language: str) -> None:
    """Write the head anew, check, compile, and say how far the language is."""
    path = catalogue(language)
    _head, _empty, texts = path.read_text(encoding="utf-8").partition("\n\n")
    path.write_text(f"{head(language)}\n{texts}", encoding="utf-8")
    print(f"{language}: ", end="", flush=True)
    compiled = path.with_suffix(".mo")
    subprocess.run(["msgfmt", "--check-format", "--statistics", "-o", compiled, path], check=True)  # noqa: S607


if __name__ == "__main__":
    sys.exit(main())
