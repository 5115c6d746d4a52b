//! `scap resume RUN`

use crate::carry_out;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view::progress::ProgressBoard;
use scap_run::RunId;
use std::sync::Arc;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let settings = context.settings()?;
    let board = Arc::new(ProgressBoard::new(6));
    let world = context.wiring(&settings)?.world(board.clone());
    carry_out::resume(context, world, board, run).await
}
