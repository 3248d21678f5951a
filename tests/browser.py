"""A headless Chromium, where one is installed: what a page says on its console, what it fetches, how it looks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars",
         "--disable-background-networking", "--no-first-run", "--no-proxy-server")  # fmt: skip
PATIENCE_S = 120


@dataclass
class Seen:
    """What happened while a page was open."""

    errors: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    """Addresses that the page asked for, itself first."""
    answers: list[Any] = field(default_factory=list)
    """Values of the scripts."""
    picture: bytes = b""
    """What is in sight at the end, as PNG."""


def browser() -> str:
    """Return the command of an installed browser, or skip the calling test with the reason."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser is installed: looked for {', '.join(NAMES)}")
    return str(found)


def visit(address: str, scripts: Sequence[str] = (), size: tuple[int, int] = (1280, 900)) -> Seen:
    """Open a page and run scripts in it one after the other; a promise is waited for."""
    return asyncio.run(_visit(browser(), address, scripts, size))


async def _visit(command: str, address: str, scripts: Sequence[str], size: tuple[int, int]) -> Seen:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = await asyncio.create_subprocess_exec(
            command, *FLAGS, f"--user-data-dir={home}", "about:blank",
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(_talk(await _door(process), address, scripts, size), PATIENCE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()


async def _door(process: asyncio.subprocess.Process) -> str:
    """Read where the browser listens."""
    assert process.stderr is not None
    while line := (await asyncio.wait_for(process.stderr.readline(), PATIENCE_S)).decode(errors="replace"):
        if found := re.search(r"listening on (ws://\S+)", line):
            return found[1]
    raise AssertionError("the browser ended before it listened")


async def _talk(door: str, address: str, scripts: Sequence[str], size: tuple[int, int]) -> Seen:
    seen, numbers = Seen(), itertools.count(1)
    async with aiohttp.ClientSession() as session, session.ws_connect(door, max_msg_size=0) as socket:
        page: dict[str, Any] = {}
        loaded = False

        async def call(method: str, **parameters: Any) -> dict[str, Any]:
            number = next(numbers)
            await socket.send_json({"id": number, "method": method, "params": parameters, **page})
            while (message := await listen()).get("id") != number:
                pass
            assert "error" not in message, message
            return message["result"]

        async def listen() -> dict[str, Any]:
            nonlocal loaded
            message = json.loads((await socket.receive()).data)
            loaded |= message.get("method") == "Page.loadEventFired"
            _note(seen, message)
            return message

        target = await call("Target.createTarget", url="about:blank")
        attached = await call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page["sessionId"] = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await call(f"{domain}.enable")
        shape = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        await call("Emulation.setDeviceMetricsOverride", **shape)
        await call("Page.navigate", url=address)
        while not loaded:
            await listen()
        for script in scripts:
            done = await call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
            if "exceptionDetails" in done:
                seen.errors.append(str(done["exceptionDetails"].get("exception", done["exceptionDetails"])))
            seen.answers.append(done["result"].get("value"))
        seen.picture = base64.b64decode((await call("Page.captureScreenshot", format="png"))["data"])
        return seen


def _note(seen: Seen, message: dict[str, Any]) -> None:
    """Keep what a page did wrong, and what it asked for."""
    method, said = message.get("method"), message.get("params", {})
    if method == "Runtime.exceptionThrown":
        seen.errors.append(str(said["exceptionDetails"]))
    elif method == "Runtime.consoleAPICalled" and said["type"] in {"error", "warning", "assert"}:
        seen.errors.append(str(said["args"]))
    elif method == "Log.entryAdded" and said["entry"]["level"] in {"error", "warning"}:
        seen.errors.append(str(said["entry"]["text"]))
    elif method == "Network.requestWillBeSent" and not said["request"]["url"].startswith("data:"):
        seen.fetched.append(said["request"]["url"])
