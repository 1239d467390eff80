#!/usr/bin/env python3
"""The detection bench measures what it says: its oracles have the ARL0 that they claim, and --json has what is promised."""
import json
import math
import os
import subprocess
import sys
import tempfile

BIN = sys.argv[1]
OFF = .2  # of the ARL0: four standard errors of two times a thousand runs

PROMISED = {
    "arl0": {"lambda", "kappa", "arl0", "error", "runs", "early"},
    "delays": {"lambda", "kappa", "factor", "ours", "oracle", "learning_known", "learning", "ewma", "cusum"},
    "geometric_means": {"factor", "ours", "learning_known", "learning", "ewma", "cusum"},
    "as_shipped": {"lambda", "kappa", "ewma", "cusum", "naive"},
    "rivals": {"lambda", "kappa", "oracle_50", "learning"},
    "alarms": {"nuisance", "lambda", "alarms", "error", "runs"},
    "nuisance_delays": {"nuisance", "lambda", "factor", "over", "mean", "median", "censored"},
    "since": {"lambda", "kappa", "factor", "median", "ninety", "bias", "covered_before", "covered_after", "covered_since"},
    "evidence": {"lambda", "kappa", "level_promised_seen"},
    "recovery": {"lambda", "kappa", "factor", "false", "median", "rebased"},
}
FIGURES = {"mean", "error", "median", "within_10", "within_20", "censored", "early", "ratio"}


def run(program, *arguments):
    output = subprocess.run([os.path.join(BIN, program), *arguments, "--json"], capture_output=True, text=True, check=True).stdout
    return json.loads(output.splitlines()[-1])


def check_members():
    result = run("bench_detection", "--runs", "8", "--cell", "3,.2")
    for part, members in PROMISED.items():
        assert result.get(part), f"no {part}"
        missing = members - set(result[part][0])
        assert not missing, f"{part} lacks {missing}"
    missing = FIGURES - set(result["delays"][0]["ours"])
    assert not missing, f"delays lack {missing}"
    assert [row["factor"] for row in result["delays"]] == [.8, .7, .5, .2]
    cost = run("bench_detector_cost", "--reps", "10", "--days", "41")
    assert cost["counts"]["stream_day_ns"] > 0 and cost["counts"]["store_bytes"] > 0, cost


def check_oracles(arl0=100):
    result = run("bench_detection", "--part", "rivals", "--runs", "250", "--cell", "3,.2", "--arl0", str(arl0))["rivals"][0]
    for rival in ("oracle_70", "oracle_50", "learning_70", "learning", "ewma", "cusum"):
        seen, error = result[rival]
        assert abs(seen - arl0) < OFF * arl0, f"{rival}: ARL0 {seen} +- {error} in place of {arl0}"


def check_errors():
    """Those of a ratio are of pairs: what both see cancels, which the two means alone would not tell. And a build has its own delays."""
    with tempfile.NamedTemporaryFile() as saved:
        asked = ("bench_detection", "--runs", "60", "--cell", "10,.2", "--part", "delay")
        result = run(*asked, "--save", saved.name)
        for delays, means in zip(result["delays"], result["geometric_means"]):
            ours, oracle = delays["ours"], delays["oracle"]
            alone = math.hypot(ours["error"] / ours["mean"], oracle["error"] / oracle["mean"])
            assert 0 < means["ours_error"] / means["ours"] < alone, (means, alone)
        for means in run(*asked, "--against", saved.name)["geometric_means"]:
            assert means["earlier"][0] == 1 and means["earlier"][1] < 1e-4, means
        for means in run(*asked, "--arl0", "1000", "--against", saved.name)["geometric_means"]:
            assert means["earlier"][0] > 1 and means["earlier"][1] > 0, means


def check_same_alone():
    """A part and a cell alone give the figures that they give with the others."""
    few = ("--runs", "3", "--arl0", "50", "--part", "arl0")
    alone = run("bench_detection", *few, "--cell", "1,.2")["arl0"]
    assert alone[0] in run("bench_detection", *few)["arl0"], alone


def check_joint_oracle():
    """Its likelihood ratio has mean one where nothing changes; one that leaves out the day factor that there is has not (the control)."""
    command = [os.path.join(BIN, "bench_joint"), "--oracle"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 3, lines
    for line in lines:
        knows, without = float(line.split("ratio ")[1].split(",")[0]), float(line.split()[-1])
        assert abs(knows - 1) < .03, line
        assert without > 2 or line.startswith("correlation 0.0"), line


check_members()
check_oracles()
check_joint_oracle()
check_same_alone()
check_errors()
