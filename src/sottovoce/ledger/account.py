"""The account of what was done to one recording: what its receipt and its entry say.

Rule: counts, measures, ids and digests of models; never a word that was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sottovoce.ledger.certificate import Certificate, Review
from sottovoce.values.event import Fact
from sottovoce.values.ids import ActorId, PersonId, RecordingId


@dataclass(frozen=True, slots=True)
class Model:
    """A model that took part: what it did, its name, the SHA-256 of its weights."""

    role: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Masking:
    """How the sound was masked: what is heard, how long masks are, what their lengths may tell.

    ``millibits`` are thousandths of a bit that a mask's length may tell at most, by kind.
    """

    fill: str
    lengths: str
    millibits: Mapping[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """Say it in plain words."""
        if not self.millibits:
            return f"{self.fill}; {self.lengths} lengths"
        most = max(self.millibits.values()) / 1000
        return f"{self.fill}; {self.lengths} lengths, which tell {most:.1f} bits at most"


@dataclass(frozen=True, slots=True)
class Account:
    """What was done to one recording, by whom, for what, and how the leak check went.

    ``passages`` counts passages by kind, ``restricted`` those that
    only some may come to, ``held_back`` those for which the recording is quarantined. Detection
    either knows the language or found figures only (``language_known``). ``voice`` says whose voice
    is heard in what is published: as-is, light or strong (docs/voices.md).
    """

    recording: RecordingId
    actor: ActorId
    purpose: str
    persons: tuple[PersonId, ...]
    profile: str
    profile_digest: str
    models: tuple[Model, ...]
    duration_ms: int
    words: int
    findings: Mapping[str, int]
    actions: Mapping[str, int]
    burnt: Mapping[str, int]
    masked_ms: int
    certificate: Certificate
    passages: Mapping[str, int] = field(default_factory=dict)
    restricted: Mapping[str, int] = field(default_factory=dict)
    held_back: Mapping[str, int] = field(default_factory=dict)
    pseudonyms: str = "recording"
    masking: Masking = Masking("tone", "exact")
    language: str = "en"
    language_known: bool = True
    language_refused: bool = False
    voice: str = "as-is"
    review: Review | None = None

    @property
    def left(self) -> Mapping[str, int]:
        """Count by kind what was still recovered in the end."""
        return self.certificate.left

    @property
    def is_quarantined(self) -> bool:
        """Tell whether nothing may be published: a person's decision goes before the machine's."""
        if self.review:
            return self.review.decision != "publish"
        return bool(self.left or self.held_back or self.language_refused)

    def facts(self) -> dict[str, object]:
        """Return what the receipt says (docs/spec/receipt.md)."""
        return {
            "recording": self.recording,
            "actor": self.actor,
            "purpose": self.purpose,
            "persons": list(self.persons),
            "profile": {"name": self.profile, "sha256": self.profile_digest},
            "models": [{"role": m.role, "name": m.name, "sha256": m.digest} for m in self.models],
            "duration_ms": self.duration_ms,
            "words": self.words,
            "findings": dict(self.findings),
            "actions": dict(self.actions),
            "burnt": dict(self.burnt),
            "masked_ms": self.masked_ms,
            "masking": {
                "fill": self.masking.fill,
                "lengths": self.masking.lengths,
                "millibits": dict(self.masking.millibits),
            },
            "leak_check": self.certificate.facts(self._listener().name, self._listener().digest),
            "passages": dict(self.passages),
            "restricted": dict(self.restricted),
            "held_back": dict(self.held_back),
            "language": self.language,
            "language_known": self.language_known,
            "pseudonyms": self.pseudonyms,
            "voice": self.voice,
            "quarantined": self.is_quarantined,
            **({"review": self.review.facts()} if self.review else {}),
        }

    def event_facts(self, commitment: str) -> dict[str, Fact]:
        """Return what the ledger's entry says (docs/spec/events.md)."""
        digests = {f"{m.role}_digest": m.digest for m in self.models}
        return {
            **digests,
            "purpose": self.purpose,
            "profile": self.profile,
            "profile_digest": self.profile_digest,
            "duration_ms": self.duration_ms,
            "persons": len(set(self.persons)),
            "words": self.words,
            "findings": sum(self.findings.values()),
            "kinds": self.findings,
            "actions": self.actions,
            "burnt": self.burnt,
            "heard_again": self.certificate.recovered,
            "passages": self.passages,
            "restricted": self.restricted,
            "held_back": self.held_back,
            "language": self.language,
            "language_known": self.language_known,
            "voice": self.voice,
            "masked_ms": self.masked_ms,
            "rounds": self.certificate.rounds,
            "extent": self.certificate.extent,
            "leak_checked": True,
            "leak_passed": not self.left,
            "quarantined": self.is_quarantined,
            "commitment": commitment,
            **(self.review.event_facts() if self.review else {}),
        }

    def statements(self) -> list[tuple[str, str]]:
        """Return the account in plain words, as headings and sentences."""
        listener = self._listener().name
        found, burnt = _count(self.findings, "span"), _count(self.burnt, "span")
        widened, left = _count(self.certificate.recovered, "span"), _count(self.left, "span")
        rounds = _count({"": self.certificate.rounds}, "round")
        return [
            ("Recording", f"{self.recording}, {self.duration_ms / 1000:.1f} s"),
            ("Asked by", f"{self.actor}, for the purpose {self.purpose}"),
            ("Whose voice", ", ".join(self.persons)),
            ("Profile", f"{self.profile}, SHA-256 {self.profile_digest[:16]}"),
            ("Found", f"{found} that may be sensitive; {self.masked_ms / 1000:.1f} s hidden"),
            ("Masks in the sound", self.masking.sentence()),
            ("Not kept at all", f"{burnt}, overwritten before the original was sealed"),
            ("Heard again", f"by {listener}, {rounds}; {widened} masked wider"),
            ("Still recovered", left),
            *([("Decided by a person", self._decided())] if self.review else []),
            ("Passages", self._passages()),
            ("Stand-ins", f"the same within one {self.pseudonyms}"),
            ("Language", self.language if self.language_known else f"{self.language}, not known"),
            ("Voices", _VOICES[self.voice]),
            *((f"Model: {m.role}", f"{m.name}, SHA-256 {m.digest[:16]}") for m in self.models),
        ]

    def _passages(self) -> str:
        """Say how many stretches of talk are sensitive as a whole, and what follows from them."""
        found = _count(self.passages, "passage")
        restricted = sum(self.restricted.values())
        held = sum(self.held_back.values())
        return f"{found}; {restricted} restricted; {held} for which nothing is published"

    def _decided(self) -> str:
        if not self.review:
            return ""
        masked = _count({"": self.review.masked}, "span")
        accepted = _count(self.review.accepted, "leak")
        decided = f"{self.review.decision} ({self.review.grounds})"
        return f"{decided}; {masked} masked by hand; {accepted} accepted"

    def _listener(self) -> Model:
        return next(model for model in self.models if model.role == "listener")


_VOICES = {
    "as-is": "as they were",
    "light": "bent; that is obfuscation only",
    "strong": "synthetic; of the original sound nothing is left",
}


def _count(counts: Mapping[str, int], noun: str) -> str:
    number = sum(counts.values())
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
