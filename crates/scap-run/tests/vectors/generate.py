#!/usr/bin/env python3
"""Writes the vectors that the evidence of scap-run must reproduce: generate.py CANARY_SIM_PY OUTPUT_JSON (needs numpy).

A case is one simulated rollout, some of them with arms that vanish, shares that change and quiet ticks. A tick is
[requests n, m, errors X, Y, [[signature, x, y], ...]] with the signatures that have errors, canary before control.
"""
import importlib.util
import json
import sys

import numpy as np

RATIOS = ("1", "1.25")
STEADY = [(.05, 100)]
RAMP = [(.05, 40), (.25, 30), (.5, 20), (.95, 10)]
ZIGZAG = [(.05, 3), (.5, 2)] * 20
# name, seed, seconds a tick, level, noise, fault, its onset in seconds, (share, ticks) in turn, what is damaged
CASES = [
    ("healthy, low traffic", 1, 5, "low", "iid", 0, 0, STEADY, None),
    ("healthy, clusters", 2, 5, "mid", "cluster", 0, 0, STEADY, None),
    ("healthy, high traffic, noise of the canary alone", 3, 5, "high", "local", 0, 0, STEADY, None),
    ("fault of 10 %, low traffic", 4, 5, "low", "prod", .1, 0, STEADY, None),
    ("fault of 1 %, from the middle on", 5, 5, "mid", "prod", .01, 250, STEADY, None),
    ("fault of 2 %, high traffic", 6, 5, "high", "common", .02, 0, [(.05, 40)], None),
    ("fault of 0.2 %, shares that grow", 7, 5, "mid", "prod", .002, 100, RAMP, None),
    ("fault of 0.05 %, shares that jump", 8, 5, "high", "cluster", .0005, 0, ZIGZAG, None),
    ("ticks of one second", 9, 1, "mid", "prod", .01, 60, [(.05, 120)], None),
    ("arms without requests", 10, 5, "mid", "prod", .01, 0, RAMP, "arms"),
    ("long quiet", 11, 5, "mid", "iid", .1, 0, STEADY, "quiet"),
]


def load(path):
    spec = importlib.util.spec_from_file_location("canary_sim", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def damage(o, what):
    """Arms that vanish, with and without errors left behind; or a stretch without any error."""
    if what == "arms":
        o["n"][:, 0:4] = 0
        o["n"][:, 20:26] = 0
        o["m"][:, 24:36] = 0
        o["m"][:, 95:] = 0
    if what == "quiet":
        for counts in [o["X"], o["Y"], *(arm for pair in o["strata"] for arm in pair)]:
            counts[:, 0:15] = 0
            counts[:, 30:80] = 0


def case(sim, name, seed, seconds, level, noise, fault, onset, plan, what):
    sim.DT = seconds
    share = np.concatenate([[s] * ticks for s, ticks in plan])
    world = sim.world(np.random.default_rng(seed), level, noise, fault, 1, len(share), onset)
    o = sim.observe(world, share[None, :], 0, len(share))
    damage(o, what)
    x, n, budget = o["X"], o["n"], max(.005, 4 * sim.LEVELS[level][1])
    good = [np.log(1 / 3) + (x * np.log(1 / d) + n * budget * (1 - 1 / d)).cumsum(1) for d in (2, 5, 20)]
    plain = {r: sim.log_e(x, o["Y"], n, o["m"], float(r)) for r in RATIOS}
    strata = {r: sim.log_e_strata(o, float(r)) for r in RATIOS}
    digits = lambda row: [float(f"{v:.14g}") for v in row[0]]
    tick = lambda t: [int(o[k][0, t]) for k in "nmXY"] + [
        [[j, int(a[0, t]), int(b[0, t])] for j, (a, b) in enumerate(o["strata"]) if a[0, t] + b[0, t] > 0]]
    return dict(name=name, tick_milliseconds=seconds * 1000, restart_every_milliseconds=12 * seconds * 1000,
                signatures=len(o["strata"]), error_budget=budget, ticks=[tick(t) for t in range(len(share))],
                log_e_all={r: digits(v) for r, v in plain.items()}, log_e={r: digits(v) for r, v in strata.items()},
                log_good=digits(np.logaddexp.reduce(good)))


def main():
    sim = load(sys.argv[1])
    lines = [json.dumps(case(sim, *c), separators=(",", ":")) for c in CASES]
    with open(sys.argv[2], "w") as out:
        out.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
