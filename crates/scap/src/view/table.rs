//! Tables of cells that line up.

use super::page::Page;
use super::style::Tone;
use super::words;
use ratatui::text::Span;

const GAP: usize = 2;
/// Columns that no shrinking takes away, of the last column and of the others.
const LEAST_LAST: usize = 24;
const LEAST: usize = 8;

/// Rows below headings; the last column takes what is left of the width.
pub(super) struct Table<const COLUMNS: usize> {
    headings: [&'static str; COLUMNS],
    rows: Vec<[Span<'static>; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(super) fn new(headings: [&'static str; COLUMNS]) -> Self {
        Self {
            headings,
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: [Span<'static>; COLUMNS]) {
        self.rows.push(cells.map(|cell| {
            let text = words::clean(&cell.content);
            Span::styled(text, cell.style)
        }));
    }

    /// The last column takes what the others leave; where that is too little, the widest of them shrinks.
    fn widths(&self, page: usize) -> [usize; COLUMNS] {
        let mut widths = self.headings.map(|heading| Span::raw(heading).width());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        let others = COLUMNS - 1;
        let all = page.saturating_sub(GAP * others);
        let least = widths[others].min(LEAST_LAST);
        while widths[..others].iter().sum::<usize>() + least > all {
            let shrinkable = (0..others).filter(|column| widths[*column] > LEAST);
            let Some(widest) = shrinkable.max_by_key(|column| widths[*column]) else {
                break;
            };
            widths[widest] -= 1;
        }
        widths[others] = all.saturating_sub(widths[..others].iter().sum()).max(least);
        widths
    }

    pub(super) fn draw(&self, page: &mut Page) {
        let widths = self.widths(page.width);
        draw_row(
            page,
            &self.headings.map(|heading| Tone::Dim.span(heading)),
            &widths,
        );
        for row in &self.rows {
            draw_row(page, row, &widths);
        }
    }
}

/// Names are cut in the middle, the last cell is wrapped.
fn draw_row<const COLUMNS: usize>(
    page: &mut Page,
    cells: &[Span<'static>; COLUMNS],
    widths: &[usize; COLUMNS],
) {
    let [cells @ .., last] = cells.as_slice() else {
        return;
    };
    let mut spans = Vec::new();
    for (cell, width) in cells.iter().zip(widths) {
        let text = words::middle(&cell.content, *width);
        let padding = width - Span::raw(text.as_str()).width() + GAP;
        spans.push(Span::styled(text, cell.style));
        spans.push(Span::raw(" ".repeat(padding)));
    }
    let hanging: usize = spans.iter().map(Span::width).sum();
    if last.content.is_empty() {
        spans.pop();
    }
    for (index, part) in textwrap::wrap(&last.content, widths[COLUMNS - 1])
        .iter()
        .enumerate()
    {
        if index > 0 {
            spans = vec![Span::raw(" ".repeat(hanging))];
        }
        spans.push(Span::styled(part.to_string(), last.style));
        page.line(std::mem::take(&mut spans));
    }
}
