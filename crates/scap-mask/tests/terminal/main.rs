//! What is left of what a program wrote for a terminal.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its data must fail"
)]

mod attacks;
mod colours;
mod hostile;
mod lines;
mod plain;
mod shown;

use scap_mask::Terminal;

/// The lines of `text` that comes cut at each of `cuts`, which are sorted.
fn lines(text: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut terminal = Terminal::default();
    let mut all = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([text.len()]) {
        all.extend(terminal.push(&text[start..end]));
        start = end;
    }
    all.extend(terminal.finish());
    all
}
