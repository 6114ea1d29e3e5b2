"""One line about the machine, for the head of every benchmark."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory and Python, as the operating system tells them."""
    info = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = next(
        (line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line), "?"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, load {load:.1f}"
