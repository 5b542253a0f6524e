"""A page in a real headless Chromium: what a script in it finds, and the console."""

import base64
import dataclasses
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The page sends what its script found to the page around it, which keeps it as text.
_AROUND = """<!DOCTYPE html><html lang="en"><title>around</title><body>
<script>addEventListener("message", (it) => {{
  const found = document.createElement("pre");
  found.id = "found";
  found.textContent = it.data;
  document.body.append(found);
}})</script>
<iframe src="{name}" width="{width}" height="800" style="border: 0"></iframe>
</body></html>"""
_WITHIN = """<script>addEventListener("load", async () => {{
  const send = (it) => parent.postMessage(JSON.stringify(it), "*");
  try {{ send(await (async () => {{ {script} }})()); }}
  catch (error) {{ send({{ error: String(error) }}); }}
}})</script>"""


@dataclasses.dataclass(frozen=True)
class Visit:
    """What came of a visit to a page: the script's finding, and the console's lines."""

    found: Any
    console: list[str]


def visit(
    page: str, script: str, folder: Path, width: int = 1200, dark: bool = False
) -> Visit:
    """Run a script in a copy of a page; its `return` value comes back.

    The copy differs in the script, and in that the page's policy allows it.
    """
    browser = next(filter(None, map(shutil.which, _NAMES)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    policy = re.search(r"script-src ('sha256-[^']+')", page)
    assert policy
    (folder / "copy.html").write_text(
        page.replace(policy[1], f"{policy[1]} {_hash(script)}").replace(
            "</body>", f"{_within(script)}</body>"
        ),
        encoding="utf-8",
    )
    around = folder / "around.html"
    around.write_text(_AROUND.format(name="copy.html", width=width))
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu"]
    command += ["--window-size=1280,900", "--virtual-time-budget=20000"]
    command += [f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr"]
    command += [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    done = subprocess.run(
        [*command, "--dump-dom", around.as_uri()],
        capture_output=True,
        text=True,
        timeout=600,  # of a hang, on a busy machine too
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert found, "\n".join([*console, done.stdout[-500:]])
    return Visit(json.loads(html.unescape(found[1])), console)


def _within(script: str) -> str:
    return _WITHIN.format(script=script)


def _hash(script: str) -> str:
    """The script as the page's policy names it."""
    text = _within(script).removeprefix("<script>").removesuffix("</script>")
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
