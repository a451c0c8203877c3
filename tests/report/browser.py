"""Debian's Chromium, without a window, without a network, and with a ruler."""

import html
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypedDict

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--enable-logging=stderr",
)
PATIENCE = 100  # s
WINDOW_MIN = 500  # px; no window is narrower, so a telephone is a frame in one
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
MEASURED = re.compile(r'<pre id="measured">(.*?)</pre>', re.DOTALL)
CONSOLE = re.compile(r"^.*CONSOLE.*$", re.MULTILINE)

OWN = ("google.com", "googleapis.com", "gstatic.com")  # whom the browser itself asks
HOST = re.compile(rb"^(?:CONNECT ([^:]+):|\w+ http://([^/:]+))")


class Measured(TypedDict):
    """What `RULER` finds of one language; texts of what is not as it should be.

    wide: more in an element than fits; scrolled: a table to be moved sideways;
    outside: beyond the window; cut: text beyond its chart; over: text upon text;
    small: text of a chart too small to be read; unsaid: a table that moves and does not
    say so; sides: text beyond the left or right of its chart.
    """

    sides: list[str]
    small: list[str]
    unsaid: list[str]
    wide: list[str]
    scrolled: list[str]
    outside: list[str]
    cut: list[str]
    over: list[str]
    rtl: bool
    page: int
    room: int
    charts: int
    tables: int


Found: TypeAlias = dict[str, list[tuple[str, Measured]]]
"""By the language chosen: each language shown, and what is measured of it."""

# Chooses each language in turn, and measures what a reader would see of it.
RULER = """
const told = {};
const named = e => e.tagName + " " + e.textContent.trim().slice(0, 60);
const shown = e => !e.closest(".unseen") && e.getClientRects().length > 0;
function measured(main) {
  const all = s => [...main.querySelectorAll(s)].filter(shown);
  const right = innerWidth + 1;
  const wide = all("h1, h2, h3, h4, p, dt, dd, li, td, th, caption, figure")
    .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map(named);
  const scrolled = all(".wide").filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(named);
  const outside = all("header, section, figure, .chart, .legend, dl")
    .filter(e => { const b = e.getBoundingClientRect();
      return b.left < -1 || b.right > right; }).map(named);
  const cut = [], over = [];
  for (const chart of all(".chart")) {
    const box = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].filter(shown)
      .map(e => [e, e.getBoundingClientRect()]);
    for (const [e, b] of texts)
      if (b.left < box.left - 2 || b.right > box.right + 2 || b.top < box.top - 2
          || b.bottom > box.bottom + 2) cut.push(named(e));
    texts.forEach(([e, a], i) => texts.slice(i + 1).forEach(([f, b]) => {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 1 && y > 4) over.push(named(e) + " | " + named(f));
    }));
  }
  const heads = [...main.querySelector("thead tr").cells];
  const [begin, end] = [heads[0], heads[heads.length - 1]]
    .map(e => e.getBoundingClientRect().left);
  const small = all(".chart").flatMap(chart => {
    const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
    return [...chart.querySelectorAll("text")].filter(e => shown(e)
      && parseFloat(getComputedStyle(e).fontSize) * scale < 10.5).map(named); });
  const unsaid = all(".wide").filter(e => e.scrollWidth > e.clientWidth + 1
    && !(e.previousElementSibling?.matches(".sideways")
      && shown(e.previousElementSibling))).map(named);
  const sides = all(".chart").flatMap(chart => {
    const box = chart.getBoundingClientRect();
    return [...chart.querySelectorAll("text")].filter(shown).filter(e => {
      const b = e.getBoundingClientRect();
      return b.left < box.left - 2 || b.right > box.right + 2; }).map(named); });
  return { small, unsaid, sides, wide, scrolled, outside, cut, over, rtl: begin > end,
    page: document.documentElement.scrollWidth, room: innerWidth,
    charts: all(".chart").length, tables: all("table").length };
}
for (const button of document.querySelectorAll(".choice")) {
  document.querySelector(`label[for=${button.id}]`).click();
  const mains = [...document.querySelectorAll("main")]
    .filter(e => getComputedStyle(e).display != "none");
  told[button.id.slice(5)] = mains.map(e => [e.lang, measured(e)]);
}
if (!document.querySelector(".choice"))  // a page of one language
  told.only = [...document.querySelectorAll("main")].map(e => [e.lang, measured(e)]);
const pre = parent.document.createElement("pre");
pre.id = "measured";
pre.textContent = JSON.stringify(told);
parent.document.body.append(pre);
"""


def run(folder: Path, page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page with a profile of its own."""
    assert CHROMIUM
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        [CHROMIUM, *QUIET, profile, *flags, page.as_uri()],
        check=True,
        text=True,
        capture_output=True,
        timeout=PATIENCE,
    )


def console(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what the page made the browser say."""
    return CONSOLE.findall(done.stderr)


def measure(folder: Path, text: str, width: int, *, printed: bool = False) -> Found:
    """Return, by language, what `RULER` finds of a copy of a page at that width.

    The copy alone has a script, and so no policy against scripts. `printed` lets what
    is meant for paper hold on the screen.
    """
    assert POLICY.search(text)
    copied = POLICY.sub("", text)
    if printed:
        copied = copied.replace("@media print", "@media all")
    page = folder / "measured.html"
    copied = copied.replace("</body>", f"<script>{RULER}</script></body>")
    if width < WINDOW_MIN:
        frame = f"border: 0; width: {width}px; height: 1200px"
        copied = (
            f'<!doctype html><body><iframe style="{frame}"'
            f' srcdoc="{html.escape(copied)}"></iframe></body>'
        )
    page.write_text(copied)
    done = run(folder, page, f"--window-size={width},1200", "--dump-dom")
    found = MEASURED.search(done.stdout)
    assert found, done.stderr
    told: Found = json.loads(html.unescape(found[1]))
    return told


@contextmanager
def proxy() -> Iterator[tuple[str, set[str]]]:
    """Give the flag for a proxy, and the hosts that were asked for through it.

    Those are left out that the browser asks of itself, whatever it shows.
    """
    heard: set[str] = set()

    def listen() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                found = HOST.match(peer.recv(1_024))
            host = (found[1] or found[2]).decode() if found else "no request"
            if not host.endswith(OWN):
                heard.add(host)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"--proxy-server=127.0.0.1:{server.getsockname()[1]}", heard
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
