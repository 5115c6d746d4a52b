//! `scap freeze REASON` and `scap thaw`

use crate::context::Context;
use crate::control::verb::{Freeze, Thaw};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use scap_plan::Period;
use scap_run::Failure;

pub(crate) async fn freeze(
    context: &Context,
    reason: String,
    period: Option<String>,
) -> Result<Exit, Trouble> {
    let period = period.map(Period::try_from).transpose().map_err(|error| {
        Trouble::usage(
            format!("`--for` {error}"),
            "without it the freeze lasts until `scap thaw`",
        )
    })?;
    context.ask(Freeze { reason, period }).await?;
    Ok(Exit::Done)
}

pub(crate) async fn thaw(context: &Context) -> Result<Exit, Trouble> {
    if context.ask(Thaw {}).await? {
        return Ok(Exit::Done);
    }
    Err(Failure::failed("nothing is frozen").into())
}
