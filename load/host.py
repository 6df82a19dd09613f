"""What the figures were taken on, and what they cost this process; read from /proc, so from Linux only."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

_JIFFIES: Final = os.sysconf("SC_CLK_TCK")
_PACKAGES: Final = ("sluice", "dbos", "httpx", "litestar", "msgspec", "sqlalchemy", "uvicorn", "uvloop")


def cpu_s() -> float:
    """CPU seconds of this process and of its children that ended, in user and in system mode."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / _JIFFIES  # utime, stime, cutime, cstime


def described() -> dict[str, object]:
    """Machine and versions: enough to know whether two results may be compared."""
    return {
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in _PACKAGES},
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")
