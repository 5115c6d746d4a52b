//! `scap freeze REASON` and `scap thaw`

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::person;
use crate::trouble::Trouble;
use scap_journal::FreezeOrder;
use scap_plan::Period;
use scap_run::Failure;

pub(crate) fn freeze(
    context: &Context,
    reason: &str,
    period: Option<String>,
) -> Result<Exit, Trouble> {
    let period = period.map(Period::try_from).transpose().map_err(|error| {
        Trouble::usage(
            format!("`--for` {error}"),
            "without it the freeze lasts until `scap thaw`",
        )
    })?;
    let since = now();
    let until = period.map(|period| since.after(period.milliseconds()));
    let order = FreezeOrder {
        person: person::name(),
        reason: reason.to_owned(),
        since,
        until,
    };
    context.journal()?.freeze(&order)?;
    Ok(Exit::Done)
}

pub(crate) fn thaw(context: &Context) -> Result<Exit, Trouble> {
    if context.journal()?.thaw()? {
        return Ok(Exit::Done);
    }
    Err(Failure::failed("nothing is frozen").into())
}
