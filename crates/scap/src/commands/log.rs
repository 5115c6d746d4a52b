//! `scap log RUN [--follow]`

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::watch::{Manner, Watch};
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId, follow: bool) -> Result<Exit, Trouble> {
    let journal = context.journal()?;
    let watch = Watch::begin(context, &journal, run, Manner::Lines)?;
    // A run that nobody carries out says nothing more.
    let is_over = || {
        !follow
            || journal
                .run(run)
                .map_or(true, |summary| summary.lease_until <= now())
    };
    watch.until_end(is_over).await?;
    Ok(Exit::Done)
}
