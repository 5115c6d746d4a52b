//! Hands out the lines of a growing output file to people, who may be slower than it grows.

use super::lines::{Lines, OutputLine};
use super::output::{Output, OutputError, Stream};

/// Output that is further behind than this is passed over, not handed out: nobody reads it as fast as it comes.
const MOST_BEHIND_BYTES: u64 = 4 << 20;
/// Records that are taken in before other tasks get their turn.
const RECORDS_PER_TURN: usize = 16;

pub(super) struct Tail<L> {
    output: Output,
    lines: Lines,
    receive: L,
    passed_over: u64,
}

impl<L: FnMut(OutputLine)> Tail<L> {
    pub(super) fn of(output: Output, lines: Lines, receive: L) -> Self {
        Self {
            output,
            lines,
            receive,
            passed_over: 0,
        }
    }

    /// Takes some records in, and says whether there are more.
    pub(super) fn turn(&mut self) -> Result<bool, OutputError> {
        let is_behind = self.output.unread_bytes() > MOST_BEHIND_BYTES;
        for _ in 0..RECORDS_PER_TURN {
            let Some(record) = self.output.next() else {
                return Ok(false);
            };
            let record = record?;
            if is_behind {
                self.passed_over += self.lines.pass_over(&record);
            } else {
                self.tell_of_those_passed_over(record.unix_milliseconds);
                self.lines.add(&record).for_each(&mut self.receive);
            }
        }
        Ok(true)
    }

    /// Takes in all that is left; the last lines are never passed over.
    pub(super) async fn finish(mut self) -> Result<(), OutputError> {
        while self.turn()? {
            tokio::task::yield_now().await;
        }
        self.lines.finish().for_each(&mut self.receive);
        Ok(())
    }

    fn tell_of_those_passed_over(&mut self, unix_milliseconds: u64) {
        let lines = std::mem::take(&mut self.passed_over);
        if lines > 0 {
            (self.receive)(OutputLine {
                stream: Stream::Stderr,
                unix_milliseconds,
                text: format!("({lines} lines came too fast to be shown; all of them are kept)"),
            });
        }
    }
}
