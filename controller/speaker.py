"""Having a text spoken in another process, so that no call waits for it (`ivr.speak` is that process)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

import ivr
from ivr.speak import SpeakError, Spoken
from ivr.texts import default_folder

log = structlog.get_logger()

COMMAND = (sys.executable, "-m", "ivr.speak")
WITHIN_S = 60.0
"""The longest text takes some 8 s on two idle cores."""
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
"""Of our environment; the database's password is none of its business."""
PROJECT = Path(ivr.__file__).resolve().parent.parent


class Speaker:
    """Speaks texts, one at a time: there are calls to be answered beside."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        prompts: Sequence[Path] | None = None,
        within_s: float = WITHIN_S,
    ) -> None:
        """`prompts`: folders whose readings.toml apply, a later one above the others; None: the program's."""
        self._command = tuple(command)
        self._prompts = [str(folder) for folder in prompts or (default_folder(),)]
        self._within_s = within_s
        self._turn = asyncio.Lock()

    async def speak(self, text: str, language: str, stem: Path) -> Spoken:
        """Speak a text into `stem`.ulaw and `stem`.wav16.

        Raises:
            SpeakError: `voice_missing`, `not_spoken`, or `too_slow` when it took longer than it may.
        """
        wish = {"text": text, "language": language, "stem": str(stem), "prompts": self._prompts}
        async with self._turn:
            said = await self._ask(json.dumps(wish).encode())
        try:
            answer = json.loads(said)
            if "error" in answer:
                raise SpeakError(str(answer["error"]), str(answer["message"]))
            return Spoken(int(answer["duration_ms"]), str(answer["kana"]))
        except (ValueError, KeyError, TypeError):
            raise SpeakError("not_spoken", "the voice has failed; the log has more") from None

    async def _ask(self, wish: bytes) -> bytes:
        environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
        environment |= {"PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            raise SpeakError("not_spoken", f"the voice cannot be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(self._within_s):
                said, complaints = await process.communicate(wish)
        except TimeoutError:
            raise SpeakError(
                "too_slow", f"the voice took longer than {self._within_s:g} s; the machine is too busy"
            ) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            log.warning("speak.failed", status=process.returncode, last=_last_line(complaints))
        return said


def _last_line(complaints: bytes) -> str:
    """Of a traceback: the error. Not more, for what is above may quote the text."""
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
