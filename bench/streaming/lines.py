"""Prints lines with the time of each, as fast as it is told: what a run's program does, and what a log is written by.

`lines.py ORDER` waits for the file ORDER, a JSON object: `rate`, lines a second (0: as fast as it can), `lines`, how many, and
`log`, a file to write JSON lines to in place of printing.
"""

import json
import os
import sys
import time

TEXT = "Release shop-main has been upgraded; waiting for 12 of 40 pods to be ready"


def main(path):
    while not os.path.exists(path):
        time.sleep(0.01)
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    out = open(order["log"], "a", encoding="utf-8") if "log" in order else sys.stdout
    began = time.time()
    for number in range(order["lines"]):
        if order["rate"]:
            time.sleep(max(0.0, began + number / order["rate"] - time.time()))
        at = time.time_ns() // 1000
        line = f"{TEXT} number={number} at={at};"
        if "log" in order:
            line = json.dumps({"time": at, "line": line})
        out.write(line + "\n")
        if order["rate"]:
            out.flush()
    out.flush()


main(sys.argv[1])
