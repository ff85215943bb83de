"""What a recording may cost to take in, and what is read at all.

Rules:
1. Every breach of a bound is an error that says the measure and the limit.
2. The decoder's processor time and waiting time grow with the file, so that a small hostile file
   cannot use what a long honest one needs.
"""

from dataclasses import astuple, dataclass

_MIB = 1 << 20
_GROWTH_PER_MIB = 0.5
_SECONDS_PER_GROWTH = 600


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one recording may have or cost.

    ``bytes`` is the file's size, ``seconds`` the sound's length as decoded, ``memory_bytes`` the
    decoder's address space. ``cpu_s`` (processor time) and ``wall_s`` (time spent waiting for the
    decoder, not counting the reader's own work) hold for a small file and grow by half for every
    MiB, up to what ``seconds`` of sound can need.
    """

    bytes: int = 8 << 30
    seconds: int = 12 * 3600
    channels: int = 8
    lowest_rate_hz: int = 8_000
    highest_rate_hz: int = 192_000
    cpu_s: int = 30
    memory_bytes: int = 512 * _MIB
    wall_s: int = 60

    def cpu_s_for(self, size: int) -> int:
        """Return the processor seconds allowed for a file of this size, at least one."""
        return max(1, int(self.cpu_s * self._growth(size)))

    def wall_s_for(self, size: int) -> float:
        """Return the seconds allowed for waiting on a file of this size."""
        return self.wall_s * self._growth(size)

    def _growth(self, size: int) -> float:
        return 1 + min(_GROWTH_PER_MIB * size / _MIB, self.seconds / _SECONDS_PER_GROWTH)

    def to_arguments(self) -> list[str]:
        """Write the limits as the decoder's command line arguments."""
        return [str(value) for value in astuple(self)]

    @classmethod
    def from_arguments(cls, arguments: list[str]) -> "Limits":
        """Read what ``to_arguments`` wrote."""
        return cls(*map(int, arguments))


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Format:
    """What a recording came as; ``rate_hz`` is the rate of the blocks, never resampled."""

    rate_hz: int
    channels: int
    container: str
    codec: str


CONTAINERS = ("wav", "au", "flac", "ogg", "mp3", "mp4", "webm", "amr", "adts", "ulaw", "alaw")
CODECS = (
    "pcm_u8",
    "pcm_s16le",
    "pcm_s16be",
    "pcm_s24le",
    "pcm_s24be",
    "pcm_s32le",
    "pcm_s32be",
    "pcm_f32le",
    "pcm_f32be",
    "pcm_f64le",
    "pcm_f64be",
    "pcm_s8",
    "pcm_mulaw",
    "pcm_alaw",
    "flac",
    "mp3",
    "aac",
    "alac",
    "opus",
    "vorbis",
    "amrnb",
    "amrwb",
)
