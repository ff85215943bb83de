"""Debian's chromium, quiet and alone, and pages to open in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.report import render_report, report_of
from sottovoce.redaction.transcript import RedactedTranscript, ShownFinding
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.ids import RecordingId
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

CHROMIUM = Path("/usr/bin/chromium")
RATE_HZ = 8000
_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless browser with an empty profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_ARGS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: apt-get install chromium")
    with chromium() as started:
        yield started


@dataclass(slots=True)
class Visit:
    """An open page, what it asked for, and what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def at_s(self) -> float:
        return float(self.page.evaluate("document.getElementById('audio').currentTime"))

    def lit(self) -> list[str]:
        """Return the words that are lit, in the order of the page."""
        return self.page.locator(".w[aria-current]").all_inner_texts()

    def focused(self) -> str:
        return str(
            self.page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )


Opener = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Return a way to open a page's bytes from a file, offline, watched."""
    contexts: list[BrowserContext] = []

    def open_page(html: bytes, *, width: int = 1280, scheme: str = "light") -> Visit:
        path = tmp_path / f"{len(contexts)}.report.html"
        path.write_bytes(html)
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.page.set_default_timeout(10_000)
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on(
            "console",
            lambda said: seen.complaints.append(said.text) if said.type == "error" else None,
        )
        seen.page.goto(path.as_uri())
        return seen

    yield open_page
    for context in contexts:
        context.close()


def page_of(
    lines: Sequence[str] = ("good morning and thank you for calling", "hello"),
    *,
    word_s: float = 1.0,
    hidden: Sequence[Span] = (),
    findings: Sequence[ShownFinding] = (),
    statements: Sequence[tuple[str, str]] = (("Asked by", "uid:0, for the purpose test"),),
) -> bytes:
    """Render a call in which words follow one another, speakers taking turns line by line."""
    segments, at = [], 0.0
    for i, line in enumerate(lines):
        said = line.split(" ")
        words = [
            RedactedWord(at + n * word_s, at + (n + 0.8) * word_s, text, 0.9, text.startswith("["))
            for n, text in enumerate(said)
        ]
        end = at + len(said) * word_s
        segments.append(RedactedSegment(at, end, i % 2, tuple(words), False))
        at = end
    frames = round(at * RATE_HZ)
    tone = (3000 * np.sin(np.arange(frames) / 4)).astype(np.int16)
    sound = MaskedSound(SoundInMemory(RATE_HZ, (tone, tone // 2)), hidden)
    transcript = RedactedTranscript(
        recording=RecordingId("rec_0123456789abcdef0123"),
        duration_s=frames / RATE_HZ,
        channels=2,
        language="en",
        segments=tuple(segments),
        findings=tuple(findings),
        masked=tuple(hidden),
    )
    return render_report(report_of(sound, transcript, statements))


@pytest.fixture(scope="session")
def render() -> Callable[..., bytes]:
    return page_of
