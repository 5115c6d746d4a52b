//! When tests run: side by side, those that are after others in a later round, and again where they failed.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scap_plan::{Plan, StepId, Test};
use scap_run::TestReport;

use super::trial::Trial;
use crate::checks::Checks;
use crate::checks::instances::{self, Subject};

/// What failed for a moment has passed by then.
const PAUSE: Duration = Duration::from_millis(500);

impl Checks {
    /// Each test on each instance of the steps that it is for, in the order of the tests.
    pub(in crate::checks) async fn in_rounds(
        &self,
        plan: &Plan,
        tests: &[Test],
        steps: &[StepId],
    ) -> Vec<TestReport> {
        let of_step = |step: &StepId| {
            let subjects = instances::of_step(&self.settings.fleet, plan, *step);
            let step = plan.step(*step);
            subjects.into_iter().map(move |subject| (step, subject))
        };
        let subjects: Vec<_> = steps.iter().flat_map(of_step).collect();
        let mut reports: Vec<Vec<TestReport>> = vec![Vec::new(); tests.len()];
        for round in rounds(tests) {
            let work = round.iter().flat_map(|index| {
                let test = &tests[*index];
                let on = subjects
                    .iter()
                    .filter(|(step, _)| test.scope.includes(step));
                let on: Vec<&Subject<'_>> = on.map(|(_, subject)| subject).collect();
                let trials = Trial::all(test, on).into_iter();
                trials.map(move |trial| async move {
                    (*index, self.try_and_try_again(test, &trial).await)
                })
            });
            let work: Vec<_> = work.collect();
            for (index, said) in crate::checks::side_by_side(work.into_iter()).await {
                reports[index].extend(said);
            }
        }
        reports.concat()
    }

    /// What passed once has passed.
    async fn try_and_try_again(&self, test: &Test, trial: &Trial<'_>) -> Vec<TestReport> {
        let mut reports: Vec<TestReport> = Vec::new();
        for retries in 0..=test.retries {
            if retries > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let earlier = std::mem::take(&mut reports);
            let passed = |report: &TestReport| {
                let same = |other: &&TestReport| {
                    (&other.test, &other.instance) == (&report.test, &report.instance)
                };
                let earlier = earlier.iter().find(same);
                earlier.filter(|earlier| earlier.failure.is_none()).cloned()
            };
            let tried = self.try_on(test, trial).await.into_iter();
            let tried = tried.map(|report| TestReport { retries, ..report });
            reports = tried
                .map(|report| passed(&report).unwrap_or(report))
                .collect();
            if reports.iter().all(|report| report.failure.is_none()) {
                break;
            }
        }
        for report in &mut reports {
            take_quarantine(report, test);
        }
        reports
    }
}

/// A quarantine that is over is said beside the failure that it no longer excuses.
fn take_quarantine(report: &mut TestReport, test: &Test) {
    let Some(quarantine) = &test.quarantine else {
        return;
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    if !quarantine.is_over(now.map_or(0, |since| since.as_secs())) {
        report.quarantine = Some(quarantine.clone());
    } else if let (Some(failure), Some(until)) = (&mut report.failure, &quarantine.until) {
        let reason = &quarantine.reason;
        let _ = write!(failure, "; its quarantine ended on {until} ({reason})");
    }
}

/// Places of tests that run side by side, in order: each test as soon as those are through that it is after.
fn rounds(tests: &[Test]) -> Vec<Vec<usize>> {
    let mut rounds = Vec::new();
    let mut waiting: Vec<usize> = (0..tests.len()).collect();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|at| &*tests[*at].name).collect();
        let waits = |at: &usize| {
            let mut after = tests[*at].after.iter();
            after.any(|name| names.contains(&**name))
        };
        let (later, mut ready): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|at| waits(at));
        waiting = later;
        if ready.is_empty() {
            // A circle is refused where it is read.
            ready = std::mem::take(&mut waiting);
        }
        rounds.push(ready);
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use scap_plan::{Period, TestKind};

    #[test]
    fn each_test_waits_for_those_that_it_is_after_and_that_run() {
        type Declared = &'static [(&'static str, &'static [&'static str])];
        let cases: [(Declared, &[&[usize]]); 4] = [
            (&[("a", &[]), ("b", &[])], &[&[0, 1]]),
            (
                &[("a", &["b"]), ("b", &[]), ("c", &["a"]), ("d", &[])],
                &[&[1, 3], &[0], &[2]],
            ),
            (&[("a", &["elsewhere"])], &[&[0]]),
            (
                &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
                &[&[2], &[0, 1]],
            ),
        ];
        for (declared, expected) in cases {
            let test = |(name, after): &(&str, &[&str])| Test {
                after: after.iter().map(|name| (*name).to_owned()).collect(),
                ..Test::new(*name, Period::from_secs(1), TestKind::HelmTest)
            };
            let tests: Vec<Test> = declared.iter().map(test).collect();
            assert_eq!(rounds(&tests), expected);
        }
    }
}
