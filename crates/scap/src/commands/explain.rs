//! `scap explain RUN`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::mending::Mending;
use crate::report::Report;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let (state, _) = context.journal()?.fold(run)?;
    let mending = Mending::of(context, &state).await;
    context.show(&Report::of(&state), |width| {
        view::explain::page(&state, &mending, width)
    })?;
    Ok(Exit::Done)
}
