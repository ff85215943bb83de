"""The vault: the only resting place of personal data.

Rules:
1. Nothing rests unsealed.
2. A state and its ledger entry commit together.
3. Destroy first, forget second: keys go in the commit, files and traces are swept after it, and
   what a crash left unswept is swept at the next ``recover``.
4. Who changes a recording has claimed the vault; looking needs no claim.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sottovoce.values.errors import Conflict, Missing, Tampered, Unavailable
from sottovoce.values.event import Event, Fact
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.arrival import Arrival, begin_parts, parts_of, undo
from sottovoce.vault.check import MENDABLE, Counted, Progress, Trouble, check
from sottovoce.vault.holding import SETTLED, Holding, State
from sottovoce.vault.keep import BEFORE, result_keys, seal_results
from sottovoce.vault.keys import (
    PSEUDONYMS,
    FreshKey,
    KeyName,
    Keys,
    Root,
    approver_name,
    arrival_name,
    id_of,
    object_name,
    person_name,
    tokens_name,
)
from sottovoce.vault.opened import Opened
from sottovoce.vault.recipient import Recipient, RecipientKey
from sottovoce.vault.seek import placing, seek, striking, term_key
from sottovoce.vault.shelf import Index, Parts, Shelf
from sottovoce.vault.sound import Block
from sottovoce.vault.strands import TURNS, Turn, split, stretches, turns_texts
from sottovoce.vault.tokens import Change, Mention, Posting, Purpose, Term, Tokens


class Vault:
    """Seal, keep, open and erase recordings; one object serves one thread."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        index: Index,
        tokens: Tokens,
        parts: Parts,
        keys: Keys,
        clock: Callable[[], datetime],
        actor: ActorId,
    ) -> None:
        self.keys = keys
        self._shelf = shelf
        self._index = index
        self._tokens = tokens
        self._parts = parts
        self._clock = clock
        self._actor = actor
        self._arriving: set[RecordingId] = set()

    def event(self, kind: str, recording: RecordingId | None = None, **facts: Fact) -> Event:
        """Make an event of this vault's actor that happens now."""
        return Event(kind, self._clock(), self._actor, recording, facts)

    def note(self, event: Event) -> int:
        """Write an event that changes no state and return its entry's index."""
        return self._shelf.note(event)

    def begin(
        self,
        recording: RecordingId,
        *,
        rate_hz: int,
        persons: Sequence[PersonId],
        job: bytes,
        fingerprint: str,
        event: Event,
        strands: Sequence[int] = (),
    ) -> Arrival:
        """Take a recording in: seal the job now and the sound as it is written.

        ``persons`` has one id a channel; or one a strand, and ``strands`` says of which channel
        each is. Raises Unavailable while another process works here or the disk is full; what is
        left then is undone by the next ``recover``.
        """
        if rate_hz <= 0 or not persons or (strands and len(strands) != len(persons)):
            raise ValueError(
                "rate_hz must be above 0, persons one or more, strands as many or none"
            )
        self._shelf.claim()
        self._expect_new(recording)
        holding = Holding(
            id=recording,
            state=State.ARRIVING,
            begun_at=event.at,
            rate_hz=rate_hz,
            persons=tuple(persons),
            fingerprint=fingerprint,
            strands=tuple(strands),
        )
        key = self.keys.new_arrival(recording)
        self._shelf.put(holding, added={key.name: key.wrapped}, destroyed=(), event=event)
        sound = begin_parts(holding, job, key.key, self._parts)
        self._arriving.add(recording)
        return Arrival(holding, sound, shelf=self._shelf, parts=self._parts, ended=self._ended)

    def recover(self, event: Callable[[RecordingId], Event]) -> tuple[RecordingId, ...]:
        """Undo what was arriving when a process died, finish what was being cleared away.

        Returns the recordings undone; ``event`` makes the entry of each. Safe to repeat; raises
        Unavailable when another process works here.
        """
        self._shelf.claim()
        begun = tuple(self._index.list(State.ARRIVING))
        dead = [holding for holding in begun if holding.id not in self._arriving]
        for holding in dead:
            undo(
                holding,
                event=event(holding.id),
                shelf=self._shelf,
                parts=self._parts,
                ended=self._ended,
            )
        if unswept := self._index.unswept():
            self._sweep(*unswept)
        # A key of no recording may have been destroyed, and no row tells whether traces are left.
        self._shelf.swept()
        for holding in tuple(self._index.list(State.ARRIVED)):
            self._parts.prune(holding.id, BEFORE)
        return tuple(holding.id for holding in dead)

    def unfinished(self) -> tuple[RecordingId, ...]:
        """Return the recordings that arrived whole and whose results are not kept yet."""
        return tuple(holding.id for holding in self._index.list(State.ARRIVED))

    def open_arrival(self, recording: RecordingId) -> Opened:
        """Open a recording that arrived, to work on it; raise Conflict in any other state."""
        holding = self._expect(recording, (State.ARRIVED,))
        key = self.keys.arrival(recording)
        return Opened(holding, self._parts, lambda channel: key)

    def keep(
        self,
        recording: RecordingId,
        *,
        sound: Iterable[Block],
        texts: Mapping[str, Sequence[bytes]],
        state: State,
        event: Event,
        mentions: Collection[Mention] = (),
        turns: Iterable[Turn] = (),
    ) -> int:
        """Seal the results under the persons' keys and destroy the arrival; return the entry.

        ``sound`` gives int16 blocks of shape (channels, frames), as many frames as arrived.
        ``texts`` has one entry a channel under each name; under ``words`` one a strand, and so have
        ``mentions``, by which the recording is found from then on. ``turns`` say which strand's the
        sound is, where a channel has several. On any failure it is as it was, arrived.
        """
        if state not in SETTLED:
            raise ValueError("state must be KEPT or QUARANTINED")
        self._shelf.claim()
        holding = self._expect(recording, (State.ARRIVED,))
        if holding.strands:
            divided = stretches(turns, holding)
            sound = split(sound, holding, divided)
            texts = {**texts, TURNS: turns_texts(holding, divided)}
        made = result_keys(holding, self.keys)
        names = seal_results(
            holding, sound=sound, texts=texts, keys=made.channels, parts=self._parts
        )
        kept = replace(holding, state=state, parts=names, settled_at=event.at, unswept=True)
        gone = (arrival_name(recording),)
        fresh = self._fresh_tokens({mention.term.purpose for mention in mentions})

        def key(purpose: Purpose) -> bytes:
            return fresh[purpose].key if purpose in fresh else self.keys.tokens(purpose)

        index = self._shelf.put(
            kept,
            added={**made.added, **{one.name: one.wrapped for one in fresh.values()}},
            destroyed=gone,
            event=event,
            tokens=placing(recording, mentions, self._tokens, key),
        )
        self._ended(kept)
        return index

    def settle(self, recording: RecordingId, *, state: State, without: str, event: Event) -> int:
        """Say what becomes of a quarantined recording; return the entry.

        Once it is kept, the part that was only needed to decide about it is cleared away.
        """
        if state not in SETTLED:
            raise ValueError("state must be KEPT or QUARANTINED")
        self._shelf.claim()
        holding = self._expect(recording, (State.QUARANTINED,))
        if state is State.KEPT:
            parts = tuple(name for name in holding.parts if name != without)
            holding = replace(holding, state=state, parts=parts, unswept=True)
        index = self._shelf.put(holding, added={}, destroyed=(), event=event)
        self._ended(holding)
        return index

    def list(
        self, state: State | None = None, *, after: RecordingId | None = None
    ) -> Iterator[Holding]:
        """Yield the holdings, oldest first, erased ones too, or those in a state, or after one."""
        held = self._index.list(state, after=after)
        return (holding for holding in held if holding.state is not State.UNDONE)

    def show(self, recording: RecordingId) -> Holding:
        """Return one holding or raise Missing."""
        holding = self._index.find(recording)
        if holding.state is State.UNDONE:
            raise Missing(f"recording {recording} is not in this vault")
        return holding

    def same_bytes(self, fingerprint: str) -> tuple[RecordingId, ...]:
        """Return the recordings here that came from the same bytes, oldest first."""
        return self._index.same_bytes(fingerprint)

    def seek(
        self, terms: Sequence[Term], *, event: Callable[[str, int], Event]
    ) -> tuple[RecordingId, ...]:
        """Return the recordings on which all terms are said; who asked is written first.

        ``event`` gets a hash of the terms, which is noise once their key is gone, and how many
        recordings are found.
        """
        asked = [term_key(term, self.keys.tokens) for term in terms]
        found = [{p.recording for p in seek(t, self._tokens)} if t else set() for t in asked]
        both = sorted(set[RecordingId].intersection(*found)) if found else []
        told = sha256("\n".join(t.asked for t in asked if t).encode()).hexdigest()
        self._shelf.note(event(told, len(both)))
        return tuple(both)

    def destroy_tokens(self, purpose: Purpose, *, event: Event) -> int | None:
        """Destroy the key of a purpose with its tokens; return the entry, None if there is none.

        What was kept before is found by that purpose no more.
        """
        self._shelf.claim()
        name = tokens_name(purpose)
        if not self.keys.has_tokens(purpose):
            return None
        change = Change(emptied=(purpose,))
        index = self._shelf.put(added={}, destroyed=(name,), event=event, tokens=change)
        self._shelf.swept()
        return index

    def open(self, recording: RecordingId) -> Opened:
        """Open a kept or quarantined recording; raise Missing when erased, Conflict before."""
        holding = self._expect(recording, SETTLED)

        def key(channel: int) -> bytes:
            return self.keys.object(recording, channel, holding.persons[channel])

        try:
            return Opened(holding, self._parts, key)
        except (Missing, Tampered):
            self._expect(recording, SETTLED)  # It may have been erased meanwhile; then say so.
            raise

    def erase(self, recording: RecordingId, *, event: Event) -> int | None:
        """Destroy a recording's keys, then its files; return the entry, None if done before.

        Of the row its id and times are left. Raises Unavailable when the keys are destroyed and
        traces wait to be cleared: erase again, or let ``recover`` do it.
        """
        self._shelf.claim()
        holding = self.show(recording)
        if recording in self._arriving:
            raise Conflict(f"recording {recording} is arriving; abandon it or let it arrive")
        index = None
        if holding.state is not State.ERASED:
            holding, index = self._destroy(holding, event)
        if holding.unswept:
            self._sweep(holding)
        return index

    def erase_person(self, person: PersonId, *, event: Event) -> int | None:
        """Destroy a person's key and all beneath it; return the entry, None if there is none.

        Of a recording with others on it, their channels stay; this person's is silent from then
        on. Raises Conflict while a recording of theirs waits to be worked on: it rests under a key
        that all its channels share.
        """
        self._shelf.claim()
        held = self._index.of_person(person)
        for holding in held:
            if holding.state not in SETTLED:
                raise Conflict(
                    f"recording {holding.id} of this person is {holding.state.value}",
                    hint="let it be worked on to its end, or erase it, then erase the person",
                )
        if not held:
            is_known = self.keys.has_person(person)
            return self._shelf.destroy([person_name(person)], event=event) if is_known else None
        gone = [
            object_name(holding.id, channel)
            for holding in held
            for channel in holding.readable
            if holding.persons[channel] == person
        ]
        left = [holding.without(person, event.at) for holding in held]
        names = (person_name(person), *gone)
        tokens = self._striking(
            posting
            for holding in held
            for posting in self._tokens.of_recording(holding.id)
            if holding.persons[posting.channel] == person
        )
        index = self._shelf.put(*left, added={}, destroyed=names, event=event, tokens=tokens)
        self._sweep(*left)
        return index

    def claim(self) -> None:
        """Become the one who works here, or raise Unavailable; safe to repeat."""
        self._shelf.claim()

    def rotate_tenant(self, *, event: Event) -> int:
        """Draw a new tenant key and wrap anew what lies beneath it; return the entry.

        No sound is touched, and who reads meanwhile goes on. What was wrapped under the old key
        opens no more, but in copies of the vault from before.
        """
        self._shelf.claim()
        rewrapped = self.keys.rewrapped()
        return self._replace(rewrapped, event)

    def rotate_person(self, person: PersonId, *, event: Event) -> int:
        """Draw a new key of a person and wrap anew what lies beneath it; return the entry."""
        self._shelf.claim()
        objects = [
            object_name(holding.id, channel)
            for holding in self._index.of_person(person)
            if holding.state in SETTLED
            for channel in holding.readable
            if holding.persons[channel] == person
        ]
        return self._replace(self.keys.rewrapped_person(person, objects), event)

    def make_second_signing(self, *, event: Event) -> bytes:
        """Make the key that signs the ledger's heads beside the first; return its seed.

        It is made once: a second call, or another process that came first, finds it there.
        """
        fresh = self.keys.new_second_seed()
        try:
            self._shelf.put(added={fresh.name: fresh.wrapped}, destroyed=(), event=event)
        except ValueError:
            if (seed := self.keys.second_seed()) is not None:
                return seed
            raise
        return fresh.key

    def rotate_root(self, root: Root, *, event: Event) -> int:
        """Wrap anew, under another root, what lies right beneath it; return the entry."""
        self._shelf.claim()
        index = self._replace(self.keys.rewrapped_root(root), event)
        self.keys.adopt(root)
        return index

    def _replace(self, rewrapped: Mapping[KeyName, bytes], event: Event) -> int:
        index = self._shelf.put(added={}, destroyed=(), rewrapped=rewrapped, event=event)
        with suppress(Unavailable):
            self._shelf.swept()  # A reader may still need the old pages; the next start clears.
        return index

    def people(self, *, after: PersonId | None = None) -> Iterator[tuple[PersonId, int]]:
        """Yield every person who has a channel here, with how many recordings (to ``COUNTED``)."""
        return self._index.people(after=after)

    def recording_ids_of(self, person: PersonId) -> tuple[RecordingId, ...]:
        """Return the recordings that a person is on, oldest first."""
        return tuple(holding.id for holding in self._index.of_person(person))

    def recordings_of(self, person: PersonId) -> int:
        """Return how many recordings have a channel of a person."""
        return len(self._index.of_person(person))

    def check(
        self, *, progress: Progress, counted: Counted = lambda what, some: None
    ) -> Iterator[Trouble]:
        """Read everything that rests here and yield what is not as it should be; change nothing."""
        return check(
            self._index,
            self._parts,
            self._tokens,
            self.keys,
            progress=progress,
            counted=counted,
        )

    def repair(self, troubles: Iterable[Trouble], *, event: Event) -> int:
        """Clear away what is nobody's or was left over; return the entry. Safe to repeat.

        What is lost or rotten stays as it is: nothing here can bring it back.
        """
        self._shelf.claim()
        found = [trouble for trouble in troubles if trouble.fault in MENDABLE]
        keys = [trouble.key for trouble in found if trouble.key]
        index = self._shelf.destroy(keys, event=event)
        for part in (trouble.part for trouble in found if trouble.part):
            self._parts.remove(part)
        if unswept := self._index.unswept():
            self._sweep(*unswept)
        return index

    def pseudonym_key(self, *, event: Callable[[], Event]) -> bytes:
        """Return the key that links stand-ins across recordings; make it when there is none.

        ``event`` makes the entry of the making. Raises Unavailable while another process works
        here.
        """
        self._shelf.claim()
        if not self.keys.has_pseudonyms():
            fresh = self.keys.new_pseudonyms()
            self._shelf.put(added={fresh.name: fresh.wrapped}, destroyed=(), event=event())
        return self.keys.pseudonyms()

    def new_recipient(self, *, event: Callable[[Recipient], Event]) -> Recipient:
        """Make a key to which recordings are sealed from now on; older ones go on opening."""
        self._shelf.claim()
        fresh, made = self.keys.new_recipient()
        self._shelf.put(added={fresh.name: fresh.wrapped}, destroyed=(), event=event(made))
        return made

    def recipient_key(self, id: bytes) -> RecipientKey:
        """Return the key that opens what is sealed to a recipient, or raise Missing."""
        for name in self.keys.recipients():
            if id_of(name) == id:
                return self.keys.recipient(name)
        raise Missing(
            f"the file is sealed to the recipient {id.hex()}, whose key is not in this vault",
            hint="`sottovoce recipients list` shows those that are; the sender can seal it anew",
        )

    def destroy_recipient(self, name: KeyName, *, event: Event) -> int:
        """Destroy a recipient's key; what is sealed to it, wherever it is, never opens again."""
        self._shelf.claim()
        return self._shelf.destroy([name], event=event)

    def enrol_approver(self, public: bytes, *, event: Event) -> int | None:
        """Let the owner of an Ed25519 key approve; return the entry, None if they may already."""
        self._shelf.claim()
        if public in self.keys.approvers():
            return None
        fresh = self.keys.new_approver(public)
        return self._shelf.put(added={fresh.name: fresh.wrapped}, destroyed=(), event=event)

    def remove_approver(self, public: bytes, *, event: Event) -> int | None:
        """Let the owner of a key approve no more; return the entry, None if they may not."""
        self._shelf.claim()
        if public not in self.keys.approvers():
            return None
        return self._shelf.destroy([approver_name(public)], event=event)

    def destroy_pseudonyms(self, *, event: Event) -> int | None:
        """Destroy the key that links stand-ins; return the entry, None if there is none.

        Nobody can tell from then on which stand-in is whose, whoever guesses what. Raises
        Unavailable when it is destroyed and traces wait to be cleared: call again.
        """
        self._shelf.claim()
        if self.keys.has_pseudonyms():
            return self._shelf.destroy([PSEUDONYMS], event=event)
        self._shelf.swept()  # A reader may have been in the way when it was destroyed.
        return None

    def close(self) -> None:
        """Let go of the vault; what is still arriving is undone by the next ``recover``."""
        self._shelf.close()

    def _destroy(self, holding: Holding, event: Event) -> tuple[Holding, int]:
        objects = (object_name(holding.id, channel) for channel in range(len(holding.persons)))
        erased = holding.tombstone(State.ERASED, event.at)
        gone = (arrival_name(holding.id), *objects)
        tokens = self._striking(self._tokens.of_recording(holding.id))
        index = self._shelf.put(erased, added={}, destroyed=gone, event=event, tokens=tokens)
        return erased, index

    def _striking(self, postings: Iterable[Posting]) -> Change:
        return striking(tuple(postings), self._tokens, self.keys.tokens)

    def _fresh_tokens(self, purposes: Iterable[Purpose]) -> dict[Purpose, FreshKey]:
        without = [purpose for purpose in purposes if not self.keys.has_tokens(purpose)]
        return {purpose: self.keys.new_tokens(purpose) for purpose in without}

    def _ended(self, holding: Holding) -> None:
        self._arriving.discard(holding.id)
        if holding.unswept:
            # The commit stands; what cannot be cleared now is cleared by the next recover().
            with suppress(Unavailable):
                self._sweep(holding)

    def _sweep(self, *holdings: Holding) -> None:
        for holding in holdings:
            spare = holding.parts if holding.state in SETTLED else ()
            self._parts.prune(holding.id, spare)
            for part in (part for name in spare for part in parts_of(holding, name)):
                if part.channel not in holding.readable:
                    self._parts.remove(part)
        self._shelf.swept(*(holding.id for holding in holdings))

    def _expect(self, recording: RecordingId, states: tuple[State, ...]) -> Holding:
        holding = self.show(recording)
        if holding.state is State.ERASED:
            raise Missing(f"recording {recording} is erased")
        if holding.state not in states:
            expected = " or ".join(state.value for state in states)
            raise Conflict(f"recording {recording} is {holding.state.value}, not {expected}")
        return holding

    def _expect_new(self, recording: RecordingId) -> None:
        with suppress(Missing):
            self._index.find(recording)
            raise Conflict(f"recording {recording} is in this vault already")
