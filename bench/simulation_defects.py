#!/usr/bin/env python3
"""Plants defects, one at a time, in a copy of the checkout; the simulation must find each of them.

Usage: simulation_defects.py [SEEDS] [NAME...]   Prints for each the seed that found it, and what it broke.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RUN, EXECUTE, JOURNAL = "crates/scap-run/src/", "crates/scap-execute/src/", "crates/scap-journal/src/"

# Name, file, what stands there, what stands there instead.
DEFECTS = [
    ("undo begins with the first wave", RUN + "decide/back.rs",
     ".iter()\n        .rev()\n        .find(|wave| !pending", ".iter()\n        .find(|wave| !pending"),
    ("a failed gate is open", RUN + "state.rs",
     "self.answer_to(&kind) == Some(Choice::Promote)\n            }\n            Some(Verdict::NoData)",
     "{ let _ = kind; true }\n            }\n            Some(Verdict::NoData)"),
    ("steps begin in a freeze", RUN + "decide/forward.rs",
     "if state.frozen.is_some() {", "if state.frozen.is_some() && state.steps.len() > 99 {"),
    ("what a dead runner was doing counts as going on", RUN + "apply.rs",
     "StepStatus::Started => StepStatus::Interrupted", "StepStatus::Started => StepStatus::Started"),
    ("an interrupted step is done again without a look", RUN + "apply.rs",
     "StepStatus::Started => StepStatus::Interrupted", "StepStatus::Started => StepStatus::Waiting"),
    ("what was done is seen as not done", RUN + "apply/step.rs",
     "Standing::Done => StepStatus::Acted", "Standing::Done if false => StepStatus::Acted,\n            "
     "Standing::Done => StepStatus::Waiting"),
    ("a step is undone before those that need it", RUN + "decide/back.rs",
     "&& !is_needed(**step)", "&& (!is_needed(**step) || true)"),
    ("needs are not waited for", RUN + "decide/forward.rs",
     ".filter(|step| state.step(**step).needs.iter().all(has_succeeded))",
     ".filter(|step| state.step(**step).needs.iter().all(has_succeeded) || true)"),
    ("events are taken in after the end", RUN + "apply.rs",
     "self.outcome.is_none(),\n            \"another event\"", "true,\n            \"another event\""),
    ("deadlines are waited for as the clock has them", EXECUTE + "operation.rs",
     "Duration::from_millis(left.min(started.milliseconds))", "Duration::from_millis(left)"),
    ("the lease is looked after last", EXECUTE + "driver.rs",
     "_ = attention.tick() => people::attend(&mut self)?,\n                Some(news) = self.operations.next() => match news {\n"
     "                    News::Happened(event) => self.record(&event)?,\n"
     "                    News::Ended(action) => self.running.retain(|(running, _)| *running != action),\n                },",
     "Some(news) = self.operations.next() => match news {\n                    News::Happened(event) => self.record(&event)?,\n"
     "                    News::Ended(action) => self.running.retain(|(running, _)| *running != action),\n                },\n"
     "                _ = attention.tick() => people::attend(&mut self)?,"),
    ("a step is started before its intent is written", EXECUTE + "driver.rs",
     "self.write_intent(action)?;\n                        self.start(action);",
     "self.start(action);\n                        if let Some(operation) = futures::FutureExt::now_or_never(self.operations.next()) "
     "{ drop(operation); }\n                        self.write_intent(action)?;"),
    ("requests are taken in without a reply", EXECUTE + "people.rs",
     "driver.journal.reply(pending.id, &reply)?;", "if driver.state.resumed > 99 { driver.journal.reply(pending.id, &reply)?; }"),
    ("a run is claimed from a runner that lives", JOURNAL + "lease.rs",
     "Some(holder) if is_alive =>", "Some(holder) if is_alive && line.summary.epoch > 99 =>"),
    ("a runner that lost its run goes on writing", JOURNAL + "line.rs",
     "if line.summary.epoch == epoch {", "if line.summary.epoch == epoch || epoch < 99 {"),
]


def command(words, **more):
    return subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def simulate(checkout, seeds):
    """What a simulation of the checkout says: nothing when it finds nothing."""
    environment = {**os.environ, "SCAP_SIMULATION_SEEDS": seeds, "CARGO_TARGET_DIR": str(Path("target/defects").absolute())}
    environment |= {"CARGO_TARGET_DIR": os.environ["CARGO_TARGET_DIR"]} if "CARGO_TARGET_DIR" in os.environ else {}
    words = ["cargo", "test", "--locked", "-p", "scap-execute", "--test", "simulation", "every_invariant"]
    ran = command(words, cwd=checkout, env=environment)
    if ran.returncode == 0:
        return None
    if "test result" not in ran.stdout:
        sys.exit(ran.stdout)
    found = re.search(r"^seed \d+: .*$", ran.stdout, re.M) or re.search(r"panicked at .*\n.*", ran.stdout)
    return found.group(0).replace("\n", " ")


def main():
    seeds = sys.argv[1] if len(sys.argv) > 1 else "3000"
    wanted = [defect for defect in DEFECTS if not sys.argv[2:] or defect[0] in sys.argv[2:]]
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        copied = command(["git", "worktree", "add", "--detach", str(checkout), "HEAD"])
        assert copied.returncode == 0, copied.stdout
        try:
            for name, path, old, new in wanted:
                file = checkout / path
                text = file.read_text()
                assert text.count(old) == 1, f"`{name}` has no place in {path}"
                file.write_text(text.replace(old, new))
                found = simulate(checkout, seeds)
                file.write_text(text)
                print(f"{name}: {found or 'MISSED'}", flush=True)
                missed += [] if found else [name]
        finally:
            command(["git", "worktree", "remove", "--force", str(checkout)])
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
