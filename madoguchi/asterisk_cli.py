"""Asterisk's own command line, through the socket that it listens on. For starting, stopping and tests."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path


class CliError(Exception):
    """Asterisk does not answer on its command socket."""


async def run_cli(control: Path, command: str, *, timeout_s: float = 5) -> str:
    """Send one command (`core show channels`) and return what Asterisk prints.

    Args:
        control: The instance's `asterisk/run/asterisk.ctl`.
        command: A command of Asterisk's command line.
        timeout_s: How long to wait for the answer.

    Raises:
        CliError: nobody listens there, or the answer takes longer.
    """
    # Through a descriptor of the directory: the path itself may be longer than a socket's address can be.
    try:
        directory = os.open(control.parent, os.O_PATH | os.O_DIRECTORY)
    except OSError as error:
        raise CliError(f"{control}: {error.strerror}") from None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{directory}/{control.name}")
            try:
                greeting = await reader.readuntil(b"\n")  # host/pid/version
                # Quits after the command: the end of the stream is the end of the answer.
                writer.write(b"cli quit after " + command.encode() + b"\0")
                await writer.drain()
                answer = await reader.read(-1)
            finally:
                writer.close()
    except TimeoutError:
        raise CliError(f"{command}: no answer within {timeout_s:g} s") from None
    except (OSError, asyncio.IncompleteReadError) as error:
        raise CliError(f"{control}: {error}") from None
    finally:
        os.close(directory)
    del greeting
    return answer.replace(b"\0", b"").decode(errors="replace")
