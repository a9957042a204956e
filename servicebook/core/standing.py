"""Whether this program may start here: the only one, on a free port, with a database that fits it."""

import fcntl
import os
import socket
import time
from pathlib import Path

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

PORT_FREE_WITHIN_SECONDS = 5.0  # a predecessor that was just stopped still ends its requests


class CannotStart(SystemExit):
    """The program cannot start. The text says why, and what to do."""


def take_the_folder(folder: Path) -> int:
    """Take the lock of a data folder; it is free again when this process ends, however it ends.

    Returns:
        The open file's number. It stays open across `exec`, so that the lock does too.
    """
    file = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(
            f"Servicebook runs in {folder.resolve()} already. Stop that one first, or start this one with "
            "a DATA_DIR and a PORT of its own."
        ) from None
    os.set_inheritable(file, True)
    return file


def need_port(host: str, port: int) -> None:
    """Refuse to start when another program listens there."""
    until = time.monotonic() + PORT_FREE_WITHIN_SECONDS
    while True:
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[
                0
            ]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
            return
        except OSError as error:
            if time.monotonic() >= until:
                raise CannotStart(
                    f"The web server cannot listen on {host}, port {port} ({error.strerror}). Stop the "
                    f"program that does, or choose another port: PORT={port + 1} servicebook up"
                ) from None
        time.sleep(0.2)


def need_database() -> None:
    """Refuse to start without the database."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CannotStart(
            f"The database does not answer: {str(error).strip()}\n"
            "Start it, or set DATABASE_URL. Example: postgres://user:password@localhost:5432/servicebook"
        ) from None


def is_behind() -> bool:
    """Whether the database lacks migrations that this program has.

    Raises:
        CannotStart: it has some that this program does not know: a newer one has written it.
    """
    executor = MigrationExecutor(connection)
    ours = {app for app, _name in executor.loader.graph.nodes}
    known = set(executor.loader.graph.nodes) | set(executor.loader.disk_migrations or ())
    unknown = {key for key in executor.loader.applied_migrations or {} if key[0] in ours} - known
    if unknown:
        names = ", ".join(sorted(f"{app} {name}" for app, name in unknown)[:3])
        raise CannotStart(f"The database is newer than this program ({names}); install the newer one.")
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def need_fitting_database() -> None:
    """Refuse to work with a database that is older or newer than this program."""
    need_database()
    if is_behind():
        raise CannotStart("The database is older than this program. Run: servicebook up --prepare-only")
