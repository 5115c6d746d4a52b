//! Waits for the locks that a deployment needs, before it is planned.

use crate::context::Context;
use crate::control::verb::{FindLockKeys, ListLocks, Wanted};
use crate::trouble::Trouble;
use std::io::Write;
use std::time::Duration;

const AGAIN: Duration = Duration::from_millis(500);

/// Returns when nobody holds them any more; says on stderr who is waited for.
pub(crate) async fn wait_for_locks(
    context: &Context,
    service: &str,
    wanted: &Wanted,
) -> Result<(), Trouble> {
    let (service, wanted) = (service.to_owned(), wanted.clone());
    let keys = context.ask(FindLockKeys { service, wanted }).await?;
    let mut told = None;
    while let Some(lock) = context
        .ask(ListLocks {})
        .await?
        .locks
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
