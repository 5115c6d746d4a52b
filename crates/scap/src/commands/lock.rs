//! `scap lock [SERVICE]` and `scap unlock SERVICE`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::{Held, ListLocks, LockService, UnlockService};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use scap_run::Failure;
use serde_json::json;

pub(crate) async fn lock(
    context: &Context,
    service: Option<String>,
    reason: Option<String>,
) -> Result<Exit, Trouble> {
    if let Some(service) = service {
        let ask = LockService {
            service: service.clone(),
            reason,
        };
        if let Some(held) = context.ask(ask).await? {
            let why = held
                .reason
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            let failure = Failure::failed(format!(
                "service `{service}` is locked by {}{why}",
                held.person
            ));
            return Err(failure
                .hint(format!("`scap unlock {service}` gives the lock back"))
                .into());
        }
    }
    let Held { locks, freeze } = context.ask(ListLocks {}).await?;
    context.show(&json!({ "locks": locks, "freeze": freeze }), |width| {
        view::locks::page(&locks, freeze.as_ref(), now(), width)
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn unlock(context: &Context, service: String) -> Result<Exit, Trouble> {
    let failure = Failure::failed(format!("service `{service}` is not locked by hand"));
    if context.ask(UnlockService { service }).await? {
        return Ok(Exit::Done);
    }
    Err(failure
        .hint("`scap lock` lists the locks; a run gives its own back when it ends")
        .into())
}
