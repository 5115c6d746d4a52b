//! `scap lock [SERVICE]` and `scap unlock SERVICE`

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::{person, planning, view};
use scap_run::Failure;
use serde_json::json;

pub(crate) fn lock(
    context: &Context,
    service: Option<&str>,
    reason: Option<&str>,
) -> Result<Exit, Trouble> {
    let journal = context.journal()?;
    if let Some(service) = service {
        let key = key(context, service)?;
        if let Some(held) = journal.lock(&key, &person::name(), reason, now())? {
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
    let (locks, freeze) = (journal.locks()?, journal.frozen(now())?);
    context.show(&json!({ "locks": locks, "freeze": freeze }), |width| {
        view::locks::page(&locks, freeze.as_ref(), now(), width)
    })?;
    Ok(Exit::Done)
}

pub(crate) fn unlock(context: &Context, service: &str) -> Result<Exit, Trouble> {
    if context.journal()?.unlock(&key(context, service)?)? {
        return Ok(Exit::Done);
    }
    let failure = Failure::failed(format!("service `{service}` is not locked by hand"));
    Err(failure
        .hint("`scap lock` lists the locks; a run gives its own back when it ends")
        .into())
}

fn key(context: &Context, service: &str) -> Result<String, Trouble> {
    let inputs = planning::inputs(&context.settings()?)?;
    Ok(inputs.service(service)?.name.lock_key())
}
