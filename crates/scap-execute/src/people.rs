//! What people ask while a run goes on, the freeze, and the sign of life.

use crate::{Driver, ExecuteError};
use scap_journal::Reply;
use scap_run::Event;

/// Looks after all of them once.
pub(crate) fn attend(driver: &mut Driver) -> Result<(), ExecuteError> {
    driver
        .journal
        .renew(&driver.lease, driver.world.clock.now())?;
    take_requests(driver)?;
    look_for_freeze(driver)
}

fn take_requests(driver: &mut Driver) -> Result<(), ExecuteError> {
    for pending in driver.journal.pending_requests(driver.run())? {
        let event = pending.request.event(pending.person);
        // The request is validated before it is stored: a late answer is refused, and the run is as it was.
        match driver.record_granting(&event, pending.id) {
            Err(ExecuteError::Defect(illegal)) => {
                let refused = Reply::Refused(illegal.to_string());
                driver.journal.reply(pending.id, &refused)?;
            }
            recorded => recorded?,
        }
    }
    Ok(())
}

fn look_for_freeze(driver: &mut Driver) -> Result<(), ExecuteError> {
    let order = driver.journal.frozen(driver.world.clock.now())?;
    match (order, driver.state.frozen.is_some()) {
        (Some(order), false) => driver.record(&Event::FreezeBegan {
            by: order.person,
            reason: order.reason,
        }),
        (None, true) => driver.record(&Event::FreezeEnded),
        _ => Ok(()),
    }
}

/// Nobody waits for an answer from a run that has ended.
pub(crate) fn refuse_the_rest(driver: &Driver) -> Result<(), ExecuteError> {
    for pending in driver.journal.pending_requests(driver.run())? {
        driver
            .journal
            .reply(pending.id, &Reply::Refused("the run has ended".to_owned()))?;
    }
    Ok(())
}
