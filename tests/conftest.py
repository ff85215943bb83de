"""Servers that tests start themselves: a store that speaks S3."""

import logging
import os
from collections.abc import Iterator

import pytest


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
