"""The metric suite beside its peers: one thread, the same data in memory, taken in turns, median of the rounds.

usage: peer_metrics.py [--goals G1,G4] [--rounds 5] -- OURS...
OURS is the command of `scorer/metrics/benches/peers`; a folder and a goal are added to it. Each goal runs in one process of
ours. The status is 1 if values differ; a ratio that is missed is reported and no error.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

for threads in ["OMP", "OPENBLAS", "MKL", "RAYON"]:
    os.environ[f"{threads}_NUM_THREADS"] = "1"

from metric_peers import goals


class Ours:
    """The process that measures our side of one goal."""

    def __init__(self, command, folder, name):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([*command, folder, name], **pipes)

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"our side ended with status {self.process.wait()}")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise SystemExit("our side failed")


def timed(work):
    began = time.perf_counter()
    values = work()
    return time.perf_counter() - began, values or {}


def differing(goal, ours, theirs):
    """The values of both sides that are not the same, as words."""

    def same(a, b):
        a, b = (math.nan if x is None else x for x in (a, b))
        return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=goal.tolerance)

    return [f"{name}: {ours[name]} and {value}" for name, value in theirs.items() if not same(ours[name], value)]


def report(goal, row):
    print(f"{goal.name:<12} {row[0]:<34} {row[1]:>10} {row[2]:>10} {row[3]:>8} {row[4]:>9}  {row[5]}", flush=True)


def run(goal, command, rounds):
    """Prints the rows of a goal; returns what differs."""
    with tempfile.TemporaryDirectory() as folder:
        data = goal.make(folder)
        ours = Ours(command, folder, goal.name)
        measured, seconds, wrong = [], {peer.name: [] for peer in goal.peers}, []
        expected = goal.expected(data)
        for _ in range(min(rounds, goal.rounds_max or rounds)):
            measured.append(ours.measure())
            for peer in goal.peers:
                took, values = timed(lambda: peer.run(data))
                seconds[peer.name].append(took)
                wrong += [f"{peer.name}: {what}" for what in differing(goal, measured[-1]["values"], values)]
            wrong += differing(goal, measured[-1]["values"], expected)
        ours.end()
    median = statistics.median([one["seconds"] for one in measured])
    for peer in goal.peers:
        theirs = statistics.median(seconds[peer.name])
        report(goal, ratio_row(peer.name, median, theirs, peer.at_least))
    for name, at_least in goal.beside.items():
        report(goal, ratio_row(name, median, statistics.median([one["beside"][name] for one in measured]), at_least))
    if goal.peak_bytes_max:
        peak = max(one["peak_bytes"] for one in measured)
        met = "met" if peak <= goal.peak_bytes_max else "MISSED"
        report(goal, ("peak memory", f"{peak / 1e6:.0f} MB", "", "", f"<={goal.peak_bytes_max / 1e6:.0f} MB", met))
    return sorted(set(wrong))


def ratio_row(name, ours, theirs, at_least):
    ratio = theirs / ours
    bound, met = ("", "") if at_least is None else (f">={at_least:g}", "met" if ratio >= at_least else "MISSED")
    return (name, f"{ours:.4f} s", f"{theirs:.4f} s", f"{ratio:.2f}", bound, met)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--goals", default="", help="only these, and those whose name begins so with a dash after it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("ours", nargs="+")
    args = parser.parse_args()
    asked = [name for name in args.goals.split(",") if name]
    chosen = [goal for goal in goals() if not asked or any(goal.is_called(name) for name in asked)]
    if not chosen:
        raise SystemExit(f"there are only {', '.join(goal.name for goal in goals())}")
    print(f"{'goal':<12} {'beside':<34} {'ours':>10} {'theirs':>10} {'ratio':>8} {'bound':>9}")
    wrong = {goal.name: run(goal, args.ours, args.rounds) for goal in chosen}
    for name, differences in wrong.items():
        for what in differences:
            print(f"{name}: values differ: {what}")
    print(f"values equal: {'no' if any(wrong.values()) else 'yes'}")
    sys.exit(1 if any(wrong.values()) else 0)


main()
