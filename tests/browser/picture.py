"""Take a picture of a report: python tests/browser/picture.py REPORT.html OUT.png [--dark]."""

import argparse
from pathlib import Path

from conftest import chromium

# The page's policy forbids evaluation, so the page itself is asked to wait.
GO_TO = """at => new Promise(done => {
    const audio = document.getElementById("audio");
    audio.addEventListener("seeked", () => requestAnimationFrame(done), { once: true });
    audio.currentTime = at;
})"""


def main() -> None:
    """Open the page in chromium, go to a moment, save what is seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=960)
    parser.add_argument("--at", type=float, default=23.0, help="the moment, in seconds")
    asked = parser.parse_args()
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": asked.width, "height": asked.height},
            color_scheme="dark" if asked.dark else "light",
            reduced_motion="reduce",
        )
        page.goto(asked.report.resolve().as_uri())
        page.wait_for_selector("#play:enabled")
        page.evaluate(GO_TO, asked.at)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=asked.picture)


if __name__ == "__main__":
    main()
