"""Seal a file as it comes in, and know it again by a keyed hash of its bytes."""

from pathlib import Path

from sottovoce.intake.admit import Admission
from sottovoce.intake.bounds import Format
from sottovoce.intake.child import Wrapping
from sottovoce.steps.order import Order, Progress, Stage
from sottovoce.steps.turns import as_job, from_job, voices
from sottovoce.values.errors import Conflict, Unfit
from sottovoce.values.ids import PersonId, RecordingId, new_person_id
from sottovoce.vault.arrival import Arrival
from sottovoce.vault.holding import Holding
from sottovoce.vault.sealed_file import HEADER, Form, Header, read_header
from sottovoce.vault.vault import Vault

_UNSEALS = "sottovoce.steps.sealed_decoder"
_HEADERLESS = {Form.AS_IT_SAYS: "", Form.MU_LAW: "ulaw", Form.A_LAW: "alaw"}


def sealed_header(path: Path) -> Header | None:
    """Return the header of a file that its sender sealed; any other is for ``admit`` to judge."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return read_header(file.read(HEADER))
    except OSError:
        return None


def unsealing(header: Header | None, vault: Vault) -> Wrapping | None:
    """Return how the decoder unseals a file; raise Missing or Tampered without its key."""
    if header is None:
        return None
    key = header.open(vault.recipient_key(header.recipient))
    return Wrapping(_UNSEALS, key, _HEADERLESS[header.form])


def begin(
    recording: RecordingId,
    order: Order,
    form: Format,
    fingerprint: str,
    vault: Vault,
    sealed: Header | None = None,
) -> Arrival:
    """Begin a recording in the vault: its persons, its key, its first event."""
    strands = _strands(order, form.channels)
    sent = {"recipient": sealed.recipient.hex()} if sealed else {}
    return vault.begin(
        recording,
        rate_hz=form.rate_hz,
        persons=[person for person, _ in strands],
        strands=[channel for _, channel in strands] if len(strands) > form.channels else (),
        job=as_job(order.turns),
        fingerprint=fingerprint,
        event=vault.event("recording.admitted", recording, channels=form.channels, **sent),
    )


def seal(admission: Admission, arrival: Arrival, progress: Progress) -> int:
    """Seal the blocks as they come and return how many frames there were."""
    frames = 0
    for block in admission:
        arrival.write(block)
        frames += block.shape[1]
        progress(Stage.TAKE, frames / admission.format.rate_hz, 0)
    if not frames:
        raise Unfit("the file has no sound: it has 0 samples")
    return frames


def seen_before(holding: Holding, vault: Vault) -> tuple[RecordingId, ...]:
    """Return the other recordings of the same bytes."""
    same = vault.same_bytes(holding.fingerprint)
    return tuple(recording for recording in same if recording != holding.id)


def fingerprint_of(path: Path, vault: Vault) -> str:
    """Return a keyed hash of the file's bytes; an unreadable file is for ``admit`` to refuse."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return vault.keys.keyed_hash_of_file("fingerprint", file)
    except OSError:
        return ""


def waiting_for(fingerprint: str, vault: Vault) -> RecordingId | None:
    """Return the recording of these bytes that a crash left waiting, if there is one."""
    same = set(vault.same_bytes(fingerprint))
    return next((recording for recording in vault.unfinished() if recording in same), None)


def taken_up(recording: RecordingId, order: Order, vault: Vault) -> RecordingId:
    """Go on with a recording that waits; whose voice it is was decided when it came."""
    persons = vault.show(recording).persons
    if order.turns:
        with vault.open_arrival(recording) as arrival:
            if from_job(arrival.job) != order.turns:
                raise Conflict(
                    f"recording {recording} of the same bytes waits with other turns",
                    hint="process it without --turns, or erase it first",
                )
    if order.persons and order.persons != persons[: len(order.persons)]:
        raise Conflict(
            f"recording {recording} of the same bytes waits under other persons",
            hint="process it without --person, or erase it first",
        )
    return recording


def _strands(order: Order, channels: int) -> list[tuple[PersonId, int]]:
    """Return whose voices there are, and on which channel each is."""
    if not order.turns:
        return [(person, channel) for channel, person in enumerate(_persons(order, channels))]
    said = voices(order.turns)
    if max(said) >= channels:
        raise Unfit(f"the turns have a channel {max(said) + 1}; the sound has {channels}")
    of_channel = (said.get(channel) or (new_person_id(),) for channel in range(channels))
    return [(person, channel) for channel, some in enumerate(of_channel) for person in some]


def _persons(order: Order, channels: int) -> tuple[PersonId, ...]:
    if len(order.persons) > channels:
        raise Unfit(
            f"{len(order.persons)} persons are given; the sound has {channels} channels",
            hint="where several share a channel, say who speaks when: --turns FILE",
        )
    if len(order.persons) == 1:
        return order.persons * channels
    unknown = (new_person_id() for _ in range(channels - len(order.persons)))
    return (*order.persons, *unknown)
