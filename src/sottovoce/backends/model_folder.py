"""A model that the owner brings as ONNX in a folder, and which of its labels is which kind.

Rules:
1. `labels.toml` names the kind of every label, and the languages that the model knows; a label that
   it leaves out is refused, for nobody would miss what it finds.
2. Nothing is downloaded, and the engine reports to nobody.
"""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.errors import Unfit
from sottovoce.values.finding import TextFinding
from sottovoce.values.kinds import KINDS, OWN_KIND

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = NDArray[np.int64] | NDArray[np.bool_]
Scores = NDArray[np.float32]
NONE = "none"
ANY = "*"
_PAGE = "docs/detectors.md says what a model's folder holds"
_MOST_BYTES = 16 << 20
_FIELDS = frozenset({"labels", "languages", "least"})
CHUNK = 8_000
OVERLAP = 400


class Node(Protocol):
    """An input of a graph."""

    name: str


class Session(Protocol):
    """A graph that is loaded."""

    def get_inputs(self) -> Sequence[Node]:
        """Return what the graph takes."""
        ...

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Ids]) -> Sequence[Scores]:
        """Return what the graph says."""
        ...


@dataclass(frozen=True, slots=True)
class Labels:
    """What `labels.toml` says."""

    kinds: Mapping[str, str]
    languages: frozenset[str]
    least: float

    def expect(self, language: str) -> None:
        """Raise NotImplementedError for a language that the model does not know."""
        if language not in self.languages and ANY not in self.languages:
            raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """All that a folder holds, with the graph loaded."""

    digest: str
    labels: Labels
    config: Mapping[str, Any]  # what stands in a model's JSON; each reader checks what it takes
    tokenizer: "Tokenizer" = field(repr=False)
    session: Session = field(repr=False)

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(node.name for node in self.session.get_inputs())

    def number(self, name: str, usual: int) -> int:
        """Return a whole number above 0 of the model's configuration, or what is usual."""
        said = self.config.get(name)
        return said if type(said) is int and said > 0 else usual


def open_folder(folder: Path, config: str) -> ModelFolder:
    """Load what a folder holds; raise Unfit naming the file that is missing or wrong."""
    from tokenizers import Tokenizer

    labels = read_labels(_bytes(folder, "labels.toml"))
    said = _config(_bytes(folder, config), config)
    pieces = _bytes(folder, "tokenizer.json")
    try:
        tokenizer = Tokenizer.from_str(pieces.decode())
    except Exception as error:  # the package raises nothing more special
        raise Unfit("the model's tokenizer.json cannot be read", hint=_PAGE) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    path = folder / "model.onnx"
    return ModelFolder(_digest(path), labels, said, tokenizer, _session(path))


def read_labels(data: bytes) -> Labels:
    """Read `labels.toml`; raise Unfit naming what is wrong."""
    try:
        said = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Unfit("the model's labels.toml is not TOML", hint=_PAGE) from error
    if unknown := [i for i, name in enumerate(said, 1) if name not in _FIELDS]:
        raise Unfit(f"field {unknown[0]} of the model's labels.toml is not known", hint=_PAGE)
    labels, languages, least = said.get("labels"), said.get("languages"), said.get("least", 0.5)
    if not isinstance(labels, dict) or not labels:
        raise Unfit("the model's labels.toml has no table of labels", hint=_PAGE)
    for i, kind in enumerate(labels.values(), 1):
        if not isinstance(kind, str) or not (
            kind in KINDS or kind == NONE or re.fullmatch(OWN_KIND, kind)
        ):
            raise Unfit(f"label {i} of the model's labels.toml is of no kind", hint=_PAGE)
    if not (isinstance(languages, list) and languages and all(map(_is_string, languages))):
        raise Unfit('the model\'s labels.toml has no list of languages such as ["en"]', hint=_PAGE)
    if not isinstance(least, int | float) or not 0 < least < 1:
        raise Unfit("least in the model's labels.toml is not between 0 and 1", hint=_PAGE)
    return Labels(labels, frozenset(languages), float(least))


def _is_string(said: object) -> bool:
    return isinstance(said, str)


def chunks(text: str) -> Iterator[tuple[int, str]]:
    """Yield pieces of a long text with where they begin; they overlap, and part at blanks."""
    start = 0
    while start < len(text):
        stop = min(len(text), start + CHUNK)
        if stop < len(text):
            stop = max(text.rfind(" ", start + CHUNK - OVERLAP // 2, stop), 0) or stop
        yield start, text[start:stop]
        if stop == len(text):
            return
        blank = text.find(" ", stop - OVERLAP, stop - OVERLAP // 2)
        start = blank + 1 if blank >= 0 else stop - OVERLAP


def joined(findings: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """Yield findings with those of one kind that overlap as one; windows see some twice."""
    last: dict[str, TextFinding] = {}
    for found in sorted(findings, key=lambda f: (f.start, f.end)):
        before = last.get(found.kind)
        if before is not None and found.start < before.end:
            last[found.kind] = TextFinding(
                found.kind,
                before.start,
                max(before.end, found.end),
                max(before.confidence, found.confidence),
            )
            continue
        if before is not None:
            yield before
        last[found.kind] = found
    yield from last.values()


def _bytes(folder: Path, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unfit(f"the model's folder has no {name} that can be read", hint=_PAGE) from error
    if len(data) > _MOST_BYTES:
        raise Unfit(f"the model's {name} has more than {_MOST_BYTES} bytes")
    return data


def _config(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"the model's {name} is not JSON", hint=_PAGE) from error
    if not isinstance(said, dict):
        raise Unfit(f"the model's {name} is not a JSON object", hint=_PAGE)
    return said


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unfit(
            f"the model's folder has no {path.name} that can be read", hint=_PAGE
        ) from error


def _session(path: Path) -> Session:
    # From version 1.29 on the engine reports to its maker, unless it is told not to before it is
    # loaded: hence here, and late.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session: Session = InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the engine has one class of error for each cause
        raise Unfit("the model's model.onnx cannot be loaded", hint=_PAGE) from error
    return session
