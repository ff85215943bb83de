"""The page to look at, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from sottovoce.redaction.transcript import ShownFinding
from sottovoce.values.speech import Span

pytestmark = pytest.mark.browser

Render = Callable[..., bytes]
LINES = (
    "good morning and thank you for calling",
    "hello my name is [NAME-1]",
    "how can I help you today",
)
HOSTILE = (
    "</script><img/src=x/onerror=document.title='ran'>",
    "<svg/onload=document.title='ran'>",
    "$policy${script}&amp;\"'",
    "\u202egnorw",
    "מילה",
    "🧑‍🚀",
    "a" * 400,
)
HIDDEN = (Span(11.0, 12.0, 1),)
FINDINGS = (
    ShownFinding("per.name", 11.0, 11.9, 1, 0.9, "replace"),
    ShownFinding("fin.pan", 1.0, 1.9, 0, 0.9, "mask"),
    ShownFinding("fin.pan", 3.0, 3.9, 0, 0.9, "mask"),
)


@pytest.fixture
def call(visit, render: Render):
    """An open call whose sound is ready."""
    seen = visit(render(LINES, hidden=HIDDEN, findings=FINDINGS))
    expect(seen.page.locator("#play")).to_be_enabled()
    return seen


def test_it_loads_without_a_complaint_and_asks_nothing_of_anyone(call):
    others = [url for url in call.asked if not url.startswith(("file:", "blob:"))]

    assert call.complaints == []
    assert others == []
    assert sum(url.startswith("file:") for url in call.asked) == 1


@pytest.mark.parametrize(
    "smuggled",
    [
        "<script>document.title='ran'</script>",
        "<img src=x onerror=\"document.title='ran'\">",
        "<input autofocus onfocus=\"document.title='ran'\">",
        "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe>",
    ],
)
def test_markup_that_escaping_had_missed_would_not_run(visit, render: Render, smuggled: str):
    page = render(("said",)).replace(b">said<", f">{smuggled}<".encode())

    seen = visit(page)

    expect(seen.page.locator("#play")).to_be_enabled()
    assert smuggled.encode() in page
    assert seen.page.title().startswith("Redacted recording")
    assert any("Content Security Policy" in said for said in seen.complaints)


def test_a_page_that_was_made_to_call_out_is_not_let_out(visit, render: Render):
    smuggled = '<img src="https://example.invalid/a.png"><link rel=stylesheet href="https://example.invalid/b.css">'

    seen = visit(render(("said",)).replace(b">said<", f">{smuggled}<".encode()))

    expect(seen.page.locator("#play")).to_be_enabled()
    assert sum("Content Security Policy" in said for said in seen.complaints) >= 2


def test_hostile_words_are_shown_as_they_are(visit, render: Render):
    seen = visit(render((" ".join(HOSTILE),), statements=((HOSTILE[0], HOSTILE[1]),)))

    expect(seen.page.locator("#play")).to_be_enabled()
    assert seen.page.locator(".w").all_text_contents() == list(HOSTILE)
    assert seen.page.locator("#receipt dt").all_text_contents() == [HOSTILE[0]]
    assert seen.page.locator("#receipt dd").all_text_contents() == [HOSTILE[1]]
    assert seen.page.locator("img").count() == 0
    assert seen.page.title().startswith("Redacted recording")
    assert seen.complaints == []


def test_a_word_that_turns_writing_around_turns_no_other_word(visit, render: Render):
    page: Page = visit(render(("before \u202eturned after",))).page

    lefts = [word.bounding_box()["x"] for word in page.locator(".w").all()]

    assert lefts == sorted(lefts)


def test_a_click_on_a_word_goes_there_and_lights_it(call):
    call.page.get_by_text("thank", exact=True).click()

    expect(call.page.locator(".w[aria-current]")).to_have_text(["thank"])
    assert call.at_s == pytest.approx(3.0)
    expect(call.page.locator("#now")).to_have_text("0:03")


def test_playing_lights_word_after_word(call):
    call.page.keyboard.press("Space")

    expect(call.page.locator("#play-name")).to_have_text("Pause")
    expect(call.page.locator(".w[aria-current]")).to_have_text(["morning"])
    expect(call.page.locator(".w[aria-current]")).to_have_text(["and"])


def test_space_pauses_what_it_played(call):
    call.page.keyboard.press("Space")
    expect(call.page.locator("#play-name")).to_have_text("Pause")
    call.page.keyboard.press("Space")

    expect(call.page.locator("#play-name")).to_have_text("Play")
    assert call.page.evaluate("document.getElementById('audio').paused") is True


def test_arrows_move_by_five_seconds_and_stop_at_the_start(call):
    call.page.keyboard.press("ArrowRight")
    call.page.keyboard.press("ArrowRight")
    call.page.keyboard.press("ArrowLeft")

    expect(call.page.locator(".w[aria-current]")).to_have_text(["for"])
    call.page.keyboard.press("ArrowLeft")
    call.page.keyboard.press("ArrowLeft")
    expect(call.page.locator(".w[aria-current]")).to_have_text(["good"])


def test_the_waveform_is_a_slider_that_says_where_it_is(call):
    wave = call.page.get_by_role("slider", name="Position")
    wave.focus()
    call.page.keyboard.press("End")
    expect(wave).to_have_attribute("aria-valuetext", "0:18 of 0:18")
    call.page.keyboard.press("Home")
    expect(wave).to_have_attribute("aria-valuenow", "0")

    box = wave.bounding_box()
    wave.click(position={"x": box["width"] / 2 + 9, "y": 10})

    expect(wave).to_have_attribute("aria-valuenow", "9")


def test_the_tab_key_reaches_everything_in_the_order_of_the_page(call):
    stops = []
    for _ in range(13):
        call.page.keyboard.press("Tab")
        stops.append(call.focused().split("\n")[0])

    assert stops == [
        "Skip to the words",
        "Words",
        "Findings",
        "Receipt",
        "Not proven",
        "play",
        "speed",
        "follow",
        "wave",
        "good",
        "aside",
        "Payment card number (PAN)",
        "Person name",
    ]


def test_what_has_the_focus_is_seen_to_have_it(call):
    for _ in range(6):
        call.page.keyboard.press("Tab")

    outline = call.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert call.focused() == "play"
    assert outline == "solid"


def test_words_are_walked_by_arrows_and_entered(call):
    call.page.locator(".w").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "End", "ArrowUp", "ArrowLeft"):
        call.page.keyboard.press(key)
    assert call.focused() == "calling"
    call.page.keyboard.press("Enter")

    expect(call.page.locator(".w[aria-current]")).to_have_text(["calling"])
    assert call.at_s == pytest.approx(6.0)


def test_a_finding_leads_to_its_place(call):
    call.page.get_by_text("Payment card number (PAN)").click()
    call.page.locator("#findings").get_by_role("button", name="0:03").click()

    expect(call.page.locator(".w[aria-current]")).to_have_text(["thank"])


def test_findings_are_counted_by_kind_with_what_was_done(call):
    rows = [" ".join(t.split()) for t in call.page.locator("summary").all_inner_texts()]

    assert rows == ["Payment card number (PAN) masked 2", "Person name replaced 1"]


def test_a_placeholder_looks_unlike_a_word(call):
    looks = "element => getComputedStyle(element).backgroundColor"

    word = call.page.get_by_text("hello", exact=True).evaluate(looks)
    placeholder = call.page.get_by_text("[NAME-1]", exact=True).evaluate(looks)

    assert word != placeholder


def test_the_word_that_sounds_is_kept_in_view_until_the_reader_looks_away(visit, render: Render):
    page = visit(render(["some words of a long talk"] * 100)).page
    expect(page.locator("#play")).to_be_enabled()
    wave = page.locator("#wave")
    wave.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")

    expect(page.locator(".w[aria-current]")).to_be_in_viewport()
    page.mouse.move(400, 600)
    page.mouse.wheel(0, -100_000)
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".w[aria-current]")).not_to_be_in_viewport()
    page.locator("#follow").click()
    expect(page.locator(".w[aria-current]")).to_be_in_viewport()


def test_twenty_thousand_words_are_followed_to_the_last(visit, render: Render, monkeypatch):
    monkeypatch.setattr("sottovoce.redaction.report.LONGEST_EMBEDDED_S", 1)
    lines = ["ten words that are said one after another in turn"] * 2000
    page = visit(render(lines, word_s=0.1)).page

    page.locator("#wave").focus()
    page.keyboard.press("End")

    assert page.locator(".w").count() == 20_000
    expect(page.locator(".w[aria-current]")).to_have_text(["turn"])
    expect(page.locator(".w[aria-current]")).to_be_in_viewport()


def test_a_long_recording_asks_for_its_sound_and_plays_it(
    visit, render: Render, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("sottovoce.redaction.report.LONGEST_EMBEDDED_S", 1)
    sound = tmp_path / "chosen.flac"
    soundfile.write(sound, np.zeros((18 * 8000, 2), np.int16), 8000)
    seen = visit(render(LINES))
    expect(seen.page.locator("#play")).to_be_disabled()
    expect(seen.page.locator("#notice")).to_contain_text("too long")

    seen.page.locator("#file").set_input_files(sound)

    expect(seen.page.locator("#play")).to_be_enabled()
    expect(seen.page.locator("#notice")).to_have_text("")
    seen.page.locator("#play").click()
    expect(seen.page.locator(".w[aria-current]")).to_have_text(["morning"])
    assert seen.complaints == []


def test_a_file_of_another_length_is_called_out(visit, render: Render, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("sottovoce.redaction.report.LONGEST_EMBEDDED_S", 1)
    sound = tmp_path / "other.flac"
    soundfile.write(sound, np.zeros((8000, 2), np.int16), 8000)
    page = visit(render(LINES)).page

    page.locator("#file").set_input_files(sound)

    expect(page.locator("#notice")).to_contain_text("not as long")


def test_a_file_that_is_no_sound_is_called_out(call, tmp_path: Path):
    bad = tmp_path / "bad.flac"
    bad.write_bytes(b"no sound")

    call.page.locator("#file").set_input_files(bad)

    expect(call.page.locator("#notice")).to_contain_text("cannot play")
    expect(call.page.locator("#play")).to_be_disabled()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_runs_off_the_side(visit, render: Render, width: int):
    html = render((" ".join(HOSTILE), "[NAME-1]"), statements=(("b" * 90, "c" * 300),))
    page = visit(html, width=width).page

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_printing_leaves_the_controls_away_and_keeps_the_words(call):
    call.page.emulate_media(media="print")

    expect(call.page.locator("#play")).to_be_hidden()
    expect(call.page.get_by_text("morning", exact=True)).to_be_visible()
    expect(call.page.locator("#receipt")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(visit, render: Render, scheme: str):
    page = visit(render(LINES, hidden=HIDDEN, findings=FINDINGS), scheme=scheme).page
    expect(page.locator("#play")).to_be_enabled()
    page.get_by_text("Payment card number (PAN)").click()
    page.get_by_text("thank", exact=True).click()
    expect(page.locator(".w[aria-current]")).to_have_text(["thank"])
    page.evaluate("document.getElementById('notice').textContent = 'a notice'")

    measured = page.evaluate(CONTRASTS)

    too_faint = [(text, round(ratio, 2)) for text, ratio in measured if ratio < 4.5]
    assert len(measured) > 60
    assert too_faint == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_two_looks_differ(visit, render: Render, scheme: str):
    page = visit(render(LINES), scheme=scheme).page

    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]


# Contrast as WCAG 2.2 defines it (relative luminance, success criterion 1.4.3).
CONTRASTS = """() => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b]
        .map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = parse(getComputedStyle(at).backgroundColor);
            if (color[3] === undefined || color[3] === 1) return color;
            if (color[3] !== 0) throw new Error("a half transparent ground");
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        if (!text || !element.getClientRects().length || element.closest("option")) continue;
        const style = getComputedStyle(element);
        if (parseFloat(style.opacity) < 1) throw new Error("text with opacity");
        const [a, b] = [luminance(parse(style.color)), luminance(ground(element))];
        found.push([text, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
    }
    return found;
}"""
