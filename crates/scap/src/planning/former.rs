//! What former runs teach the next plan.

use super::{ordinary, past};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_journal::{Journal, JournalError, RunSummary};
use scap_plan::{Counters, Gate, Plan};
use scap_run::{Outcome, RunId, RunState};

/// The newest ones are looked at: so many that succeeded, and so many others, which never crowd those out.
const RUNS: usize = 20;
/// Looked for among so many.
const LISTED: u32 = 500;

/// Runs that have ended.
pub(super) struct Former {
    of_service: Vec<RunState>,
    /// Also those of others, where something is watched that all share.
    of_all: Vec<RunState>,
}

/// Writes into each gate of evidence what is ordinary of its check, and what it is compared with where there is no control.
pub(crate) async fn learn(
    plan: &mut Plan,
    journal: &Journal,
    wiring: &Wiring,
) -> Result<(), Trouble> {
    let is_judged = |is_meant: fn(&Counters) -> bool| {
        let mut gates = plan.waves.iter().flat_map(|wave| &wave.gates);
        gates.any(|gate| matches!(gate, Gate::Evidence(evidence) if is_meant(&evidence.counters)))
    };
    let runs_of = |service: Option<&str>, is_needed: bool| {
        if is_needed {
            ended(journal, service)
        } else {
            Ok(Vec::new())
        }
    };
    let service = Some(plan.service.as_str());
    let former = Former {
        of_service: runs_of(service, is_judged(|counters| !counters.is_shared))?,
        of_all: runs_of(None, is_judged(|counters| counters.is_shared))?,
    };
    ordinary::learn(plan, &former);
    past::learn(plan, &former, wiring).await;
    Ok(())
}

/// A run that is damaged teaches nothing, and holds up no plan.
fn ended(journal: &Journal, service: Option<&str>) -> Result<Vec<RunState>, JournalError> {
    let listing = journal.runs(service, LISTED)?;
    let states = telling(&listing.runs).filter_map(|run| journal.fold(run).ok());
    Ok(states.map(|(state, _)| state).collect())
}

fn telling(runs: &[RunSummary]) -> impl Iterator<Item = RunId> {
    let of = |is_success: bool| {
        let ended =
            move |run: &&RunSummary| run.outcome.map(Outcome::is_success) == Some(is_success);
        runs.iter().filter(ended).take(RUNS).map(|run| run.run)
    };
    of(true).chain(of(false))
}

impl Former {
    /// Those that may have counted the same.
    pub(super) fn of(&self, counters: &Counters) -> &[RunState] {
        if counters.is_shared {
            &self.of_all
        } else {
            &self.of_service
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RUNS, telling};
    use crate::view::tests::run;
    use scap_run::Outcome::{RolledBack, Succeeded};
    use scap_run::RunId;

    #[test]
    fn runs_that_succeeded_are_looked_at_however_many_were_rolled_back_since() {
        let rolled_back = (3..100)
            .rev()
            .map(|number| run(number, 0, Some(RolledBack)));
        let going_on = run(100, 0, None);
        let succeeded = [2, 1].map(|number| run(number, 0, Some(Succeeded)));
        let runs: Vec<_> = std::iter::once(going_on)
            .chain(rolled_back)
            .chain(succeeded)
            .collect();
        let looked_at: Vec<RunId> = telling(&runs).collect();
        assert_eq!(looked_at[..3], [2, 1, 99].map(RunId));
        assert_eq!(looked_at.len(), 2 + RUNS);
    }
}
