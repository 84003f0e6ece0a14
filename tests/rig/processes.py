"""An instance's processes from outside: a command beside them, another controller, one that has ended."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from config import RunFile
from tests.rig.world import ROOT, Madoguchi


async def command(home: Path, *arguments: str) -> tuple[int, Any]:
    """A command beside the instance, as JSON."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "madoguchi.cli", *arguments, "--home", str(home), "--format", "json"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, json.loads(said)


async def new_controller(world: Madoguchi, old: int) -> RunFile | None:
    """The run file once it names another controller, and that one is ready."""
    try:
        run = RunFile.read(world.home / "run.json")
        await world.api("GET", "/readyz")
    except (OSError, ValueError, AssertionError):
        return None
    return run if run.controller_pid != old else None


async def ended(pid: int) -> bool:
    """Whether the process is no more, or waits only for its stopped parent to notice."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
