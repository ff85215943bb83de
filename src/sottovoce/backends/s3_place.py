"""Where a bucket is: the region that its data belongs in, and a way to it that nobody reads."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sottovoce.values.errors import Unfit

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bucket is; without an endpoint it is the region's own of AWS."""

    bucket: str
    region: str
    prefix: str = ""
    endpoint: str = ""

    def __post_init__(self) -> None:
        if not self.bucket or not self.region:
            raise Unfit("a bucket needs a name and a region")
        if self.endpoint and not self.is_safe:
            raise Unfit(
                "the endpoint of the bucket is not https",
                hint="give one that begins with https://; only this machine is spoken to in clear",
            )

    @property
    def is_safe(self) -> bool:
        """Tell whether nothing goes over a network in the clear."""
        url = urlsplit(self.endpoint or "https://")
        return url.scheme == "https" or (url.scheme == "http" and url.hostname in _HERE)
