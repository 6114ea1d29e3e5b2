"""Telephones that answer the robot in tests: the sandbox of the adapter, a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def telephones(mode: str = "answers", keys: str = "") -> Iterator[int]:
    """Telephones that behave so; the port they listen at."""
    command = [
        sys.executable,
        "-m",
        "evenhand.adapters.sip_voice.sandbox",
        "--mode",
        mode,
        "--keys",
        keys,
    ]
    beside = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert beside.stdout is not None
    try:
        yield int(beside.stdout.readline())
    finally:
        beside.kill()
        beside.wait()
        beside.stdout.close()
