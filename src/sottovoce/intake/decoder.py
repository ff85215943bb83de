"""The decoder's process: a stranger's file comes in as standard input, samples go out.

Rules:
1. Nothing of the file is read before the process is confined.
2. FFmpeg gets an open file and the name of one demuxer, never an address: playlists, links to other
   files and network protocols cannot be reached. Only the codecs of the survey may decode.
3. A decoding is clean if no packet or frame was damaged, rate and channels never changed, and the
   length is what the file declares. Only then is END sent.
4. Nothing is kept but the packet in hand and at most a second of samples.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import av
import av.subtitles.codeccontext  # PyAV would load these later, when no file can be opened.
import av.subtitles.stream
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard

from sottovoce.intake.bounds import Format, Limits
from sottovoce.intake.confine import confine
from sottovoce.intake.examine import HEADERLESS, examine
from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source
from sottovoce.intake.survey import Survey
from sottovoce.intake.wire import Block, Coding, End, Heading, pack, pack_ready, pack_refusal

_STANDARD_INPUT = 0
_STANDARD_OUTPUT = 1

# FFmpeg's own decoders of AMR stop at the frames that phones send in pauses (DTX).
_PREFERRED = {"amrnb": "libopencore_amrnb", "amrwb": "libopencore_amrwb"}
_FFMPEG_NAMES = {"mp3": "mp3float"}
_NEARLY_S = 0.25


def decode(
    file: io.RawIOBase, size: int, *, limits: Limits, headerless: str = ""
) -> Iterator[Heading | Block | End]:
    """Yield the heading, then blocks of exactly one second (the last may be shorter), then the end.

    Raises Breach, also half-way; what was yielded before is then no recording.
    """
    decoding = _Decoding(limits)
    try:
        survey = _surveyed(file, size, headerless)
        decoding.foresee(survey)
        with _opened(file, survey) as container:
            yield from decoding.run(container, survey)
    except MemoryError:
        raise Breach(Reason.MEMORY, limits.memory_bytes) from None
    except (FFmpegError, UnicodeError):
        raise Breach(Reason.UNDECODABLE, decoding.milliseconds) from None
    except OSError:
        raise Breach(Reason.UNREADABLE, size) from None


def _surveyed(file: io.RawIOBase, size: int, headerless: str) -> Survey:
    source = Source(file, size)
    try:
        return examine(source, headerless=headerless)
    finally:
        source.release()
        file.seek(0)


def _opened(file: io.RawIOBase, survey: Survey) -> InputContainer:
    codecs = (_FFMPEG_NAMES.get(codec, codec) for codec in survey.codecs)
    options = {
        "format_whitelist": survey.demuxer,
        "codec_whitelist": ",".join(codecs),
        "protocol_whitelist": "none",
        "err_detect": "crccheck",
        "max_streams": "64",
    }
    if survey.container in HEADERLESS:
        options |= {"sample_rate": str(survey.rate_hz), "ch_layout": "mono"}
    return av.open(
        file,
        mode="r",
        format=survey.demuxer,
        container_options=options,
        metadata_errors="replace",
    )


class _Decoding:
    """One file's way through the codec: what came out so far, held against the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._frames = 0
        self._heading: Heading | None = None
        self._waiting: list[bytearray] = []

    @property
    def milliseconds(self) -> int:
        rate_hz = self._heading.format.rate_hz if self._heading else 1
        return self._frames * 1000 // rate_hz

    def foresee(self, survey: Survey) -> None:
        """Refuse at once what the file itself declares to be beyond the limits."""
        self._check_shape(survey.rate_hz, survey.channels)
        if survey.least is not None and survey.rate_hz:
            self._check_length(survey.least, survey.rate_hz)
        if survey.seconds is not None:
            self._check_length(int(survey.seconds), 1)

    def run(self, container: InputContainer, survey: Survey) -> Iterator[Heading | Block | End]:
        stream = _only_sound(container)
        context = _context(stream, survey)
        codec = _our_name(context)
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise Breach(Reason.UNDECODABLE, self.milliseconds)
            for frame in context.decode(packet):
                yield from self._take(frame, survey.container, codec)
        yield from self._rest()
        self._check_whole(survey, stream)
        yield End(self._frames)

    def _take(self, frame: AudioFrame, container: str, codec: str) -> Iterator[Heading | Block]:
        if self._heading is None:
            self._check_shape(frame.sample_rate, frame.layout.nb_channels)
            self._heading = _heading(frame, container, codec)
            planes = self._heading.format.channels if self._heading.coding.is_planar else 1
            self._waiting = [bytearray() for _ in range(planes)]
            yield self._heading
        _check_same(frame, self._heading, self.milliseconds)
        self._frames += frame.samples
        self._check_length(self._frames, self._heading.format.rate_hz)
        yield from self._cut(frame, self._heading)

    def _cut(self, frame: AudioFrame, heading: Heading) -> Iterator[Block]:
        width = heading.frame_bytes // len(self._waiting)
        # An eight-channel planar frame shows more planes than it has; the surplus is no memory.
        for waiting, plane in zip(self._waiting, frame.planes, strict=False):
            waiting += memoryview(plane)[: frame.samples * width]
        second = heading.format.rate_hz * width
        while len(self._waiting[0]) >= second:
            yield Block(b"".join(waiting[:second] for waiting in self._waiting))
            for waiting in self._waiting:
                del waiting[:second]

    def _rest(self) -> Iterator[Block]:
        if self._frames == 0:
            raise Breach(Reason.NO_SOUND)
        if self._waiting[0]:
            yield Block(b"".join(self._waiting))

    def _check_shape(self, rate_hz: int | None, channels: int | None) -> None:
        limits = self._limits
        if channels is not None and not 1 <= channels <= limits.channels:
            raise Breach(Reason.CHANNELS, channels, limits.channels)
        if rate_hz is not None and rate_hz < limits.lowest_rate_hz:
            raise Breach(Reason.RATE_LOW, rate_hz, limits.lowest_rate_hz)
        if rate_hz is not None and rate_hz > limits.highest_rate_hz:
            raise Breach(Reason.RATE_HIGH, rate_hz, limits.highest_rate_hz)

    def _check_length(self, frames: int, rate_hz: int) -> None:
        if frames > self._limits.seconds * rate_hz:
            raise Breach(Reason.TOO_LONG, -(-frames // rate_hz), self._limits.seconds)

    def _check_whole(self, survey: Survey, stream: AudioStream) -> None:
        if survey.least is not None and self._frames < survey.least:
            raise Breach(Reason.CUT_FRAMES, survey.least, self._frames)
        if survey.most is not None and self._frames > survey.most:
            raise Breach(Reason.CUT_FRAMES, survey.most, self._frames)
        seconds = survey.seconds
        if survey.is_timed and stream.duration and stream.time_base:
            seconds = float(stream.duration * stream.time_base)
        if seconds is not None and self.milliseconds < (seconds - _NEARLY_S) * 1000:
            raise Breach(Reason.CUT_SECONDS, int(seconds * 1000), self.milliseconds)


def _only_sound(container: InputContainer) -> AudioStream:
    sounds = container.streams.audio
    if len(sounds) != 1:
        raise Breach(Reason.STREAMS, len(sounds), 1) if sounds else Breach(Reason.NO_SOUND)
    for stream in container.streams:
        if stream.index != sounds[0].index:
            stream.discard = Discard.all
    return sounds[0]


def _context(stream: AudioStream, survey: Survey) -> AudioCodecContext:
    context: AudioCodecContext | None = stream.codec_context
    if context is None or _our_name(context) not in survey.codecs:
        raise Breach(Reason.UNKNOWN_CODEC)
    with suppress(UnknownCodecError):
        preferred = CodecContext.create(_PREFERRED.get(context.codec.name, ""), "r")
        if isinstance(preferred, AudioCodecContext):
            context = preferred
    context.thread_count = 1
    context.options = {"err_detect": "crccheck+explode"}
    return context


def _our_name(context: AudioCodecContext) -> str:
    name = context.codec.name.removeprefix("libopencore_").replace("amr_", "amr")
    return "mp3" if name == _FFMPEG_NAMES["mp3"] else name


def _heading(frame: AudioFrame, container: str, codec: str) -> Heading:
    form = Format(frame.sample_rate, frame.layout.nb_channels, container, codec)
    try:
        return Heading(form, Coding[frame.format.name.upper()])
    except KeyError:
        raise Breach(Reason.UNKNOWN_CODEC) from None


def _check_same(frame: AudioFrame, heading: Heading, milliseconds: int) -> None:
    form = heading.format
    if frame.sample_rate != form.rate_hz:
        raise Breach(Reason.RATE_CHANGES, form.rate_hz, frame.sample_rate)
    if frame.layout.nb_channels != form.channels:
        raise Breach(Reason.CHANNELS_CHANGE, form.channels, frame.layout.nb_channels)
    if frame.is_corrupt or frame.format.name.upper() != heading.coding.name:
        raise Breach(Reason.UNDECODABLE, milliseconds)


Unwrap = Callable[[io.RawIOBase, int], tuple[io.RawIOBase, int]]
"""Makes of a file and its size what is in it, or raises Breach."""


def main(arguments: list[str], *, unwrap: Unwrap = lambda file, size: (file, size)) -> None:
    """Decode standard input to standard output under the limits that the arguments give."""
    headerless, limits = arguments[0], Limits.from_arguments(arguments[1:])
    given = io.FileIO(_STANDARD_INPUT, closefd=False)
    size = os.fstat(_STANDARD_INPUT).st_size
    try:
        confine(cpu_s=limits.cpu_s_for(size), memory_bytes=limits.memory_bytes)
        _send(pack_ready())
        file, size = unwrap(given, size)
        for message in decode(file, size, limits=limits, headerless=headerless):
            _send(pack(message))
    except Breach as breach:
        _send(pack_refusal(breach))
    os._exit(0)


def _send(message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(_STANDARD_OUTPUT, left) :]


if __name__ == "__main__":
    main(sys.argv[1:])
