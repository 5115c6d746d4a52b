#!/usr/bin/env python3
"""Detection delay and false alarms of the reference simulation at the rates of scap's demo.

The demo: 660 requests/s, 1 of 6 hosts is the canary, 0.1 % ordinary errors of one kind, a fault of 2 %, ticks of one
second without lag, watched for at most 60 s. Usage: canary_reference.py CANARY_SIM [ROLLOUTS] [SEED]   (needs numpy)
CANARY_SIM is the path of canary_sim.py, whose functions are used as they are; only its constants are set.
"""
import importlib.util
import sys

import numpy as np

CANARY, FAULT, LONGEST = 1 / 6, 0.02, 60
RESTART = 60  # seconds between starts, as with the ticks of 5 s that canary_sim.py has


def load(path):
    spec = importlib.util.spec_from_file_location("canary_sim", path)
    sim = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sim)
    sim.DT, sim.LAG, sim.LEVELS = 1, 0, {"demo": (660, 0.001)}
    # Its defaults count ticks.
    sim.log_e.__defaults__ = (*sim.log_e.__defaults__[:-1], RESTART // sim.DT)
    return sim


def alarms(sim, rng, fault, rollouts):
    """Seconds until the alarm, of the rollouts that have one."""
    world = sim.world(rng, "demo", "iid", fault, rollouts, LONGEST)
    seen, _ = sim.follow(world, [(CANARY, LONGEST)])
    ticks = sim.first(sim.log_e_strata(seen, 1.25) >= -np.log(sim.ALPHA))
    return np.sort(ticks[ticks < LONGEST] + 1) * sim.DT + sim.LAG


def main():
    path, rollouts = sys.argv[1], int((sys.argv[2:] or [2000])[0])
    sim = load(path)
    rng = np.random.default_rng(int((sys.argv[3:] or [1])[0]))
    for kinds, shares in (("one kind", (1.0,)), ("four kinds", sim.SHARES)):
        sim.SHARES = shares
        delays, false = alarms(sim, rng, FAULT, rollouts), alarms(sim, rng, 0, rollouts)
        last = len(delays) - 1
        print(f"{kinds} of ordinary errors: caught {len(delays)} of {rollouts}, median {delays[last // 2]} s, "
              f"p90 {delays[last * 9 // 10]} s, greatest {delays[last]} s, mean {delays.mean():.2f} s; "
              f"false alarms {len(false)} of {rollouts}")
    print(f"a test that knows both rates: {sim.wald('demo', FAULT, CANARY)[1]:.2f} s in the mean, at best")


if __name__ == "__main__":
    main()
