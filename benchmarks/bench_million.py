"""How a vault of many recordings answers: list, find by token, erase one person, rotate keys.

Run as ``python benchmarks/bench_million.py --upto 6``. For 10^3, 10^4, ... recordings a vault is
filled row by row as the vault would write it, but in few transactions and without sound: each
recording has a channel of one person of a tenth as many and one of an agent of 97, two identifiers
and four words of a Zipf distribution over 20,000. Times are medians of ``--rounds``, in
milliseconds by the clock; a plot of them over the logarithm of the count is written to ``--plot``.
"""

import argparse
import random
import statistics
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sottovoce.app import App
from sottovoce.backends.embedded_vault import DATABASE
from sottovoce.backends.sqlite_shelf import SQLiteShelf, _add_keys, connect, transaction
from sottovoce.backends.sqlite_tokens import change_tokens
from sottovoce.values.errors import Missing
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import FreshKey, KeyName, WrappingKey, fresh_key, object_name, person_name
from sottovoce.vault.tokens import Change, Posting, Purpose, Term, TermKey, TokenKey
from sottovoce.wiring import embedded

START = datetime(2020, 1, 1, tzinfo=UTC)
COLOURS = ("#1b6ca8", "#c0392b", "#2d7d46", "#8e44ad", "#7f6a00")
WORDS, IDENTIFIERS, OF_A_PERSON, AT_ONCE = 4, 2, 10, 20_000
AGENTS = 97


class Filler(ABC):
    """Makes holdings, keys and tokens as ``Vault.keep`` would, and has many written at once."""

    def __init__(self, app: App, seed: int) -> None:
        self.app, self.draw = app, random.Random(seed)
        self.tenant = app.vault.keys._tenant()
        self.counts: Counter[TermKey] = Counter()
        self.agents: list[FreshKey] = []
        self.token_keys = {purpose: self._token_key(purpose) for purpose in Purpose}
        zipf = [1 / rank for rank in range(1, 20_001)]
        self.words = self.draw.choices(range(20_000), zipf, k=1 << 20)
        self.done = 0

    @abstractmethod
    def write(
        self,
        holdings: Sequence[Holding],
        keys: Mapping[KeyName, bytes],
        postings: Sequence[Posting],
    ) -> None:
        """Write them in one transaction."""

    def _token_key(self, purpose: Purpose) -> TokenKey:
        fresh = self.app.vault.keys.new_tokens(purpose)
        self.write([], {fresh.name: fresh.wrapped}, [])
        return TokenKey(fresh.key, purpose)

    def upto(self, count: int) -> None:
        """Go on until there are so many recordings."""
        while self.done < count:
            size = min(AT_ONCE, count - self.done)
            made = [self._recording(n) for n in range(self.done, self.done + size)]
            postings = sorted((p for one in made for p in self._postings(one.id)), key=_label)
            self.write(made, dict(self._keys(self.done, made)), postings)
            self.done += size

    def _recording(self, number: int) -> Holding:
        at = START + timedelta(seconds=60 * number)
        return Holding(
            id=RecordingId(f"rec_{self.draw.getrandbits(80):020x}"),
            state=State.KEPT,
            begun_at=at,
            rate_hz=8000,
            frames=8000 * 300,
            persons=(person_of(number), PersonId(f"agent-{number % AGENTS}")),
            parts=("audio", "words"),
            fingerprint=f"{self.draw.getrandbits(256):064x}",
            arrived_at=at,
            settled_at=at,
        )

    def _keys(self, first: int, made: list[Holding]) -> Iterator[tuple[KeyName, bytes]]:
        person: FreshKey | None = None
        if not self.agents:
            names = (PersonId(f"agent-{number}") for number in range(AGENTS))
            self.agents = [fresh_key(person_name(name), self.tenant) for name in names]
            yield from ((one.name, one.wrapped) for one in self.agents)
        for number, holding in enumerate(made, start=first):
            if number % OF_A_PERSON == 0:
                person = fresh_key(person_name(holding.persons[0]), self.tenant)
                yield person.name, person.wrapped
            assert person is not None
            for channel, above in enumerate((person, self.agents[number % AGENTS])):
                one = fresh_key(object_name(holding.id, channel), WrappingKey(above.key))
                yield one.name, one.wrapped

    def _postings(self, recording: RecordingId) -> Iterator[Posting]:
        drawn = {self.draw.choice(self.words) for _ in range(WORDS)}
        terms = [Term(Purpose.WORDS, f"word{word}") for word in drawn]
        terms += [Term(Purpose.IDENTIFIERS, f"id:{recording}{n}") for n in range(IDENTIFIERS)]
        for term in terms:
            key = self.token_keys[term.purpose]
            secret = key.term(term)
            yield key.posting(secret, self.counts[secret], recording, 0)
            self.counts[secret] += 1


class SQLiteFiller(Filler):
    """Fills the vault of a folder."""

    def __init__(self, app: App, path: Path, seed: int) -> None:
        self.connection = connect(path / DATABASE)
        self.shelf = SQLiteShelf(
            self.connection, journal=NoJournal(), lock=None, row_key=app.vault.keys.row_key()
        )
        super().__init__(app, seed)

    def write(
        self,
        holdings: Sequence[Holding],
        keys: Mapping[KeyName, bytes],
        postings: Sequence[Posting],
    ) -> None:
        with transaction(self.connection):
            for holding in holdings:
                self.shelf._write(holding)
            _add_keys(self.connection, keys)
            change_tokens(self.connection, Change(tuple(postings)))


class NoJournal:
    def append(self, event: object) -> int:
        raise AssertionError("rows are filled in without entries")


def _label(posting: Posting) -> bytes:
    return posting.label


def person_of(number: int) -> PersonId:
    return PersonId(f"person-{number // OF_A_PERSON}")


def median_ms(do: Callable[[int], object], rounds: int) -> float:
    took = []
    for turn in range(rounds):
        start = time.perf_counter()
        do(turn)
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


def measure(app: App, filler: Filler, rounds: int, seed: int) -> dict[str, float]:
    draw, vault, count = random.Random(seed), app.vault, filler.done
    held = [one.id for one in islice(vault.list(State.KEPT), 500) if 0 in one.readable][:64]
    chosen = draw.sample(range(count // OF_A_PERSON), rounds)

    def asked(told: str, found: int) -> object:
        return vault.event("index.searched", None, asked=told, found=found)

    def list_page(turn: int) -> None:
        list(islice(vault.list(after=held[turn % len(held)]), 50))

    def find(turn: int) -> None:
        (found,) = vault.seek([Term(Purpose.IDENTIFIERS, f"id:{held[turn % 64]}0")], event=asked)
        assert found == held[turn % 64]

    def rare_word(turn: int) -> None:
        vault.seek([Term(Purpose.WORDS, f"word{19_000 + turn}")], event=asked)

    def erase(turn: int) -> None:
        person = person_of(chosen[turn] * OF_A_PERSON)
        event = vault.event("person.erased", None, recordings=OF_A_PERSON)
        assert vault.erase_person(person, event=event) is not None

    def people(turn: int) -> None:
        list(islice(vault.people(), 50))  # The first are agents, who are on every hundredth.

    ways = {
        "list 50": list_page,
        "list 50 people": people,
        "find by identifier": find,
        "find a rare word": rare_word,
    }
    found = {name: median_ms(do, rounds) for name, do in ways.items()}
    return found | {f"erase one person of {OF_A_PERSON}": median_ms(erase, rounds)}


def rotation(app: App, path: Path, persons: int) -> None:
    """Rotate the tenant's key while another connection reads, and say how long both took."""
    reading, stop = [], threading.Event()

    def read() -> None:
        other = embedded(path)
        while not stop.is_set():
            start = time.perf_counter()
            with suppress(Missing):  # Some were erased above.
                other.vault.keys.person(person_of(len(reading) * 70 % persons * OF_A_PERSON))
            reading.append((time.perf_counter() - start) * 1000)
            time.sleep(0.02)
        other.close()

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.5)
    start = time.perf_counter()
    app.vault.rotate_tenant(event=app.event("key.rotated", None, level="tenant"))
    took = time.perf_counter() - start
    stop.set()
    thread.join()
    print(
        f"tenant key over {persons} persons rotated in {took:.1f} s;"
        f" {len(reading)} reads meanwhile, worst {max(reading):.0f} ms"
    )


def plot(rows: dict[int, dict[str, float]], path: Path) -> None:
    """Draw the times over the logarithm of the count, as SVG."""
    most = max(10.0, max(ms for row in rows.values() for ms in row.values()) * 1.1)
    xs = {count: 60 + 410 * i / max(1, len(rows) - 1) for i, count in enumerate(rows)}
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="410"'
        ' font-family="sans-serif" font-size="12">'
    ]
    for share in range(6):
        y, ms = 380 - 72 * share, most * share / 5
        out.append(f'<line x1="60" x2="470" y1="{y}" y2="{y}" stroke="#ddd"/>')
        out.append(f'<text x="52" y="{y + 4}" text-anchor="end">{ms:.0f} ms</text>')
    for count, x in xs.items():
        out.append(f'<text x="{x:.0f}" y="400" text-anchor="middle">{count:,}</text>')
    for colour, name in zip(COLOURS, next(iter(rows.values())), strict=True):
        points = [(xs[count], 380 - 360 * row[name] / most) for count, row in rows.items()]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = points[-1]
        out.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{name}</text>')
    path.write_text("\n".join([*out, "</svg>", ""]), encoding="utf-8")


def reading(doc: str) -> argparse.ArgumentParser:
    reading = argparse.ArgumentParser(description=doc.splitlines()[0])
    reading.add_argument("--upto", type=int, default=4, help="the power of ten of the most")
    reading.add_argument("--rounds", type=int, default=25)
    reading.add_argument("--seed", type=int, default=61)
    reading.add_argument("--folder")
    reading.add_argument("--plot", type=Path)
    return reading


def main() -> None:
    given = reading(__doc__ or "").parse_args()
    rows: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        path = Path(made) / "vault"
        app = embedded(path)
        filler = SQLiteFiller(app, path, given.seed)
        for power in range(3, given.upto + 1):
            start = time.perf_counter()
            filler.upto(10**power)
            filled = time.perf_counter() - start
            rows[10**power] = measure(app, filler, given.rounds, given.seed + power)
            told = ", ".join(f"{name} {ms:.1f} ms" for name, ms in rows[10**power].items())
            size = (path / DATABASE).stat().st_size / 2**20
            print(
                f"10^{power}: {told}; database {size:.0f} MiB, filled in {filled:.0f} s", flush=True
            )
        rotation(app, path, filler.done // OF_A_PERSON)
        filler.connection.close()
        app.close()
    if given.plot:
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
