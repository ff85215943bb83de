"""Seal the results of the work under the keys of the persons they belong to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.vault.arrival import parts_of, seal_bytes, sound_writer
from sottovoce.vault.holding import Holding
from sottovoce.vault.keys import FreshKey, KeyName, Keys, WrappingKey, fresh_key, object_name
from sottovoce.vault.part import ARRIVAL, AUDIO, JOB
from sottovoce.vault.seal import SealWriter
from sottovoce.vault.shelf import Parts
from sottovoce.vault.sound import Block, SoundWriter
from sottovoce.vault.strands import OWN, divide

BEFORE = (ARRIVAL, JOB)
"""The parts that a recording has before its results are kept."""


@dataclass(frozen=True, slots=True)
class ResultKeys:
    """The key of each channel, and all that was newly made and is to be stored wrapped."""

    channels: tuple[bytes, ...] = field(repr=False)
    added: Mapping[KeyName, bytes] = field(repr=False)


def result_keys(holding: Holding, keys: Keys) -> ResultKeys:
    """Draw a key a channel under its person's key, and keys of persons not met before."""
    persons = dict.fromkeys(holding.persons)
    new = {person: keys.new_person(person) for person in persons if not keys.has_person(person)}
    above = {
        person: WrappingKey(new[person].key) if person in new else keys.person(person)
        for person in persons
    }
    objects = [
        fresh_key(object_name(holding.id, channel), above[person])
        for channel, person in enumerate(holding.persons)
    ]
    made: list[FreshKey] = [*new.values(), *objects]
    return ResultKeys(tuple(o.key for o in objects), {key.name: key.wrapped for key in made})


def seal_results(
    holding: Holding,
    *,
    sound: Iterable[Block],
    texts: Mapping[str, Sequence[bytes]],
    keys: Sequence[bytes],
    parts: Parts,
) -> tuple[str, ...]:
    """Seal sound and texts and put them in place; return the names of the parts.

    Raises ValueError when the sound's length or the number of texts is not the recording's;
    on any failure nothing of the results is left.
    """
    _check(holding, texts)
    parts.prune(holding.id, BEFORE)
    try:
        _seal_sound(holding, sound, keys, parts)
        for name, data in texts.items():
            _seal_text(holding, name, data, keys, parts)
    except BaseException:
        parts.prune(holding.id, BEFORE)
        raise
    names = (AUDIO, *sorted(texts))
    parts.settle([part for name in names for part in parts_of(holding, name)])
    return names


def _check(holding: Holding, texts: Mapping[str, Sequence[bytes]]) -> None:
    if reserved := {ARRIVAL, JOB, AUDIO} & set(texts):
        raise ValueError(f"texts must not be named {', '.join(sorted(reserved))}")
    for name, given in texts.items():
        if len(given) != (wanted := len(holding.persons) if name in OWN else holding.channels):
            raise ValueError(f"{name} must have {wanted} entries, one a strand or channel")


def _seal_sound(
    holding: Holding, sound: Iterable[Block], keys: Sequence[bytes], parts: Parts
) -> None:
    writer = sound_writer(holding, AUDIO, keys, parts)
    try:
        for block in sound:
            writer.write(block)
        _fits(writer, holding)
        writer.close()
    except BaseException:
        writer.discard()
        raise


def _fits(writer: SoundWriter, holding: Holding) -> None:
    if writer.frames != holding.frames:
        raise ValueError(f"sound has {writer.frames} frames; {holding.frames} arrived")


def _shared(holding: Holding, data: Sequence[bytes]) -> list[bytes]:
    """Divide the text of each channel among the strands that it has."""
    shares = {
        channel: iter(divide(text, len(holding.strands_of(channel))))
        for channel, text in enumerate(data)
    }
    return [next(shares[channel]) for channel in holding.strand_channels]


def _seal_text(
    holding: Holding, name: str, data: Sequence[bytes], keys: Sequence[bytes], parts: Parts
) -> None:
    own = data if name in OWN or not holding.strands else _shared(holding, data)
    for part, key, text in zip(parts_of(holding, name), keys, own, strict=True):
        seal_bytes(text, SealWriter(parts.create(part), key, part))
