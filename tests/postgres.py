"""A PostgreSQL server for the tests: a cluster of its own in a temporary folder, on this machine's loopback only."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

USER = "postgres"  # the server refuses to run as root
LIMIT = 60.0  # seconds, on a busy machine


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it isn't installed. Debian has it outside the PATH."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return places[-1] if places else None


class Cluster:
    """A running server with any number of databases."""

    def __init__(self, folder: Path) -> None:
        self._programs = programs()
        assert self._programs is not None
        self._user = USER if os.geteuid() == 0 else None
        self.folder = folder
        if self._user:
            shutil.chown(folder, self._user)
        self._call("initdb", "--pgdata", str(folder / "data"), "--auth", "trust", "--username", USER, "--no-sync")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.start()

    def url(self, database: str) -> str:
        """The URL of a database, as a teacher would write it into DATABASE_URL."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        with psycopg.connect(self.url(USER), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        assert self._programs
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *given],
                user=self._user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                return psycopg.connect(self.url(USER)).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        """End the server at once; connections break off."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(LIMIT)

    def _call(self, program: str, *arguments: str) -> None:
        assert self._programs
        subprocess.run(
            [self._programs / program, *arguments], user=self._user, cwd=self.folder, check=True, capture_output=True
        )


def cluster() -> Cluster:
    """A new server. The test is skipped where PostgreSQL isn't installed, except in CI."""
    if programs() is None:
        assert not os.environ.get("CI"), "PostgreSQL isn't installed"
        pytest.skip("PostgreSQL isn't installed")
    return Cluster(Path(tempfile.mkdtemp(prefix=f"postgres-{getpass.getuser()}-")))
