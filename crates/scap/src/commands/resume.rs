//! `scap resume RUN`

use crate::carry_out;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    carry_out::resume(context, run).await
}
