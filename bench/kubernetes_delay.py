"""Reads what kubernetes_delay.sh has gathered: responses as the customers saw them, and the events of each run."""

import json
import statistics
import sys
from pathlib import Path

BAD = "-failing-more"
NEW = "500"
# The same by its exception.
KINDS = {NEW, "CartVanishedException"}


def read(folder, name):
    lines = [line.split() for line in (folder / f"codfw-{name}").read_text().splitlines()]
    served = [(int(at), status == NEW) for at, status, version, *_ in lines if version.endswith(BAD)]
    events = [json.loads(line) for line in (folder / f"events-{name}").read_text().splitlines()]
    return served, events, len(lines)


def lags(served, events):
    """How much later than it happened each error was written down: the n-th of one with the n-th of the other."""
    failed = [at for at, is_bad in served if is_bad]
    seen, lags = 0, []
    for event in events:
        if event["event"] != "evidence_recorded":
            continue
        kinds = {kind["signature"]: kind["canary"] for kind in event["tick"].get("signatures", [])}
        for _ in range(sum(kinds.get(kind, 0) for kind in KINDS)):
            if seen < len(failed):
                lags.append((event["at"] - failed[seen]) / 1000)
            seen += 1
    return lags


def measure(folder, name):
    served, events, requests = read(folder, name)
    verdict = next(event["at"] for event in events if event["event"] == "gate_concluded")
    first, last = served[0][0], served[-1][0]
    return {
        "first to last response": (last - first) / 1000,
        "first response to verdict": (verdict - first) / 1000,
        "  of which source lag": statistics.median(lags(served, events) or [float("nan")]),
        "verdict to last response": (last - verdict) / 1000,
        "requests served badly": sum(is_bad for _, is_bad in served),
        "requests served by the bad version": len(served),
        "requests in all": requests,
    }


folder, share, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
measured = [measure(folder, f"{share}-{nth}") for nth in range(1, times + 1)]
print(f"{times} runs; seconds{'':26} median      p90   greatest")
for name in measured[0]:
    values = sorted(run[name] for run in measured)
    p90 = values[min(len(values) - 1, -(-9 * len(values) // 10) - 1)]
    print(f"{name:42} {statistics.median(values):7.1f}  {p90:7.1f}  {values[-1]:9.1f}")
