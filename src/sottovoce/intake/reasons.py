"""Why a recording is not taken in, as numbers, so that no content can travel in a message.

The decoder sends a reason and at most two measures; the words are written here, on the trusted
side. A decoder that a hostile file has taken over can choose a wrong sentence, not its text.
"""

from enum import IntEnum

from sottovoce.values.errors import SottovoceError, Tampered, Unavailable, Unfit

_FORMATS = "use WAV, FLAC, MP3, Ogg, M4A, WebM, AMR or AU"
_REWRITE = "write it again with a program that can seek in its output"
_FETCH = "fetch or export it again"


class Reason(IntEnum):
    """A closed list of what can be wrong with a recording."""

    UNKNOWN_FORMAT = 1
    UNKNOWN_CODEC = 2
    CUT_BYTES = 3
    CUT_FRAMES = 4
    CUT_SECONDS = 5
    NO_LENGTH = 6
    NO_END = 7
    BROKEN = 8
    LEFT_OVER = 9
    UNDECODABLE = 10
    NO_SOUND = 11
    TOO_LONG = 12
    CHANNELS = 13
    RATE_LOW = 14
    RATE_HIGH = 15
    STREAMS = 16
    RATE_CHANGES = 17
    CHANNELS_CHANGE = 18
    MEMORY = 19
    UNREADABLE = 20
    UNCONFINED = 21
    TAMPERED = 22


_SENTENCES = {
    Reason.UNKNOWN_FORMAT: ("the file is in no audio format that is read here", _FORMATS),
    Reason.UNKNOWN_CODEC: ("the sound is coded in a way that is not read here", _FORMATS),
    Reason.CUT_BYTES: ("the file is cut short: it needs {0} bytes and has {1}", _FETCH),
    Reason.CUT_FRAMES: (
        "the sound is not as long as the file says: {0} samples a channel are declared and {1} "
        "were decoded",
        _FETCH,
    ),
    Reason.CUT_SECONDS: (
        "the file is cut short: {0} ms are declared and {1} ms were decoded",
        _FETCH,
    ),
    Reason.NO_LENGTH: (
        "the header does not say how long the sound is, so it cannot be shown to be whole",
        _REWRITE,
    ),
    Reason.NO_END: ("the file is cut short: its end is not marked after {0} bytes", _FETCH),
    Reason.BROKEN: ("the file's structure is broken at byte {0} of {1}", _FETCH),
    Reason.LEFT_OVER: ("the file has bytes after its end, from byte {0} to {1}", _REWRITE),
    Reason.UNDECODABLE: ("the sound is damaged: decoding failed after {0} ms", _FETCH),
    Reason.NO_SOUND: ("the file holds no sound: 0 samples", ""),
    Reason.TOO_LONG: (
        "the sound lasts {0} s or more; the limit is {1} s",
        "cut it into shorter recordings",
    ),
    Reason.CHANNELS: ("the sound has {0} channels; from 1 to {1} are taken", ""),
    Reason.RATE_LOW: ("the sound has {0} samples a second; the lowest rate taken is {1}", ""),
    Reason.RATE_HIGH: ("the sound has {0} samples a second; the highest rate taken is {1}", ""),
    Reason.STREAMS: ("the file holds {0} sound tracks; the limit is {1}", "export one of them"),
    Reason.RATE_CHANGES: ("the sample rate changes from {0} to {1} within the sound", _REWRITE),
    Reason.CHANNELS_CHANGE: (
        "the number of channels changes from {0} to {1} within the sound",
        _REWRITE,
    ),
    Reason.MEMORY: ("decoding needs more memory than the limit of {0} bytes", ""),
    Reason.UNREADABLE: ("the file could not be read to its end of {0} bytes", _FETCH),
    Reason.UNCONFINED: (
        "the decoder cannot be confined on this machine",
        "decoding needs Linux on x86_64 or aarch64 with seccomp filters",
    ),
    Reason.TAMPERED: (
        "the sealed file is not what was sealed",
        "ask the sender for it again, and for its SHA-256 by another way",
    ),
}
_KINDS: dict[Reason, type[SottovoceError]] = {
    Reason.UNCONFINED: Unavailable,
    Reason.TAMPERED: Tampered,
}


class Breach(Exception):
    """A recording, or the machine, breaks a rule; raised on the decoder's side only."""

    def __init__(self, reason: Reason, *measures: int) -> None:
        super().__init__(reason.name)
        self.reason = reason
        first, second, *_ = (*measures, 0, 0)
        self.measures = (first, second)


def error_of(reason: Reason, measures: tuple[int, int]) -> SottovoceError:
    """Say a breach: Unavailable where the machine is at fault, Tampered for a seal, else Unfit."""
    sentence, hint = _SENTENCES[reason]
    return _KINDS.get(reason, Unfit)(sentence.format(*measures), hint=hint)
