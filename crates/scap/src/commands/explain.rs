//! `scap explain RUN`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::report::Report;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;

pub(crate) fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let (state, _) = context.journal()?.fold(run)?;
    context.show(&Report::of(&state), |width| {
        view::explain::page(&state, width)
    })?;
    Ok(Exit::Done)
}
