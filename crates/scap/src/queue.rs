//! Waits for the locks that a plan needs, before its run is begun.

use crate::trouble::Trouble;
use scap_journal::Journal;
use scap_plan::Plan;
use std::io::Write;
use std::time::Duration;

const AGAIN: Duration = Duration::from_millis(500);

/// Returns when nobody holds them any more; says on stderr who is waited for.
pub(crate) async fn wait_for_locks(journal: &Journal, plan: &Plan) -> Result<(), Trouble> {
    let mut keys = plan.lock_keys();
    keys.push(plan.service.lock_key());
    let mut told = None;
    while let Some(lock) = journal
        .locks()?
        .into_iter()
        .find(|lock| keys.contains(&lock.key))
    {
        let holder = lock.holder();
        if told.as_ref() != Some(&holder) {
            writeln!(
                std::io::stderr(),
                "Waiting for {holder} to give `{}` back.",
                lock.key
            )?;
            told = Some(holder);
        }
        tokio::time::sleep(AGAIN).await;
    }
    Ok(())
}
