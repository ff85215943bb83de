"""Servers that tests start themselves: a store that speaks S3, and PostgreSQL."""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).resolve().parent))
if TYPE_CHECKING:
    from postgres_server import Server


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Start a store that speaks S3 on this machine, and give its address."""
    from moto.server import ThreadedMotoServer

    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")  # noqa: S106
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Server]":
    """Start a PostgreSQL on a socket, with databases that have the tables of a vault."""
    from postgres_server import Server, programs

    if programs() is None:
        pytest.skip("Debian's postgresql is not installed")
    # Who runs the server has to get there; pytest's own folders let nobody else in.
    folder = Path(tempfile.mkdtemp(prefix="sottovoce-postgres-"))
    try:
        server = Server(folder)
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder)
