//! A run as it goes on, drawn into a few rows of the terminal again and again.

mod evidence;
mod head;
mod rows;
mod steps;
mod terminal;

pub(crate) use terminal::LiveTerminal;

use super::chart::EvidenceChart;
use super::page::{Colors, Page};
use super::progress::Seen;
use super::question;
use super::style::Tone;
use super::{waves, words};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::text::Line;
use ratatui::widgets::Widget;
use rows::{Rows, Section};
use scap_run::{RunState, UnixMillis};
use std::time::Duration;

/// Narrower frames show no chart.
const NARROWEST_CHART: u16 = 40;

/// What a frame shows.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) state: &'a RunState,
    pub(crate) now: UnixMillis,
    pub(crate) seen: &'a Seen,
    /// How long such a run usually takes.
    pub(crate) expected: Option<Duration>,
}

/// One frame.
#[derive(Debug)]
pub(crate) struct LiveFrame<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) colors: Colors,
}

impl Widget for LiveFrame<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let width = usize::from(area.width);
        let chart = evidence::chart(self.view).filter(|_| area.width >= NARROWEST_CHART);
        let mut rows = Rows::new(area.height);
        rows.offer(Section::Head, head::lines(self.view, width));
        rows.offer(Section::Question, asked(self.view, width));
        rows.offer(Section::Waves, waves::lines(self.view.state, width));
        rows.offer(Section::Facts, evidence::lines(self.view, width));
        rows.offer(Section::Output, output(self.view, width));
        if chart.is_some() {
            rows.offer(Section::Chart, vec![Line::default(); rows::CHART_ROWS]);
        }
        rows.offer(
            Section::Steps,
            steps::lines(self.view, width, rows.room(Section::Steps)),
        );
        draw(&rows, chart.as_ref(), area, buffer);
        if self.colors == Colors::None {
            fade(area, buffer);
        }
    }
}

fn draw(rows: &Rows, chart: Option<&EvidenceChart<'_>>, area: Rect, buffer: &mut Buffer) {
    let mut y = area.y;
    let mut spare = rows.spare();
    for (section, lines) in rows.granted().filter(|(_, lines)| !lines.is_empty()) {
        if spare > 0 && section.stands_apart() {
            spare -= 1;
            y += 1;
        }
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let place = Rect { y, height, ..area }.intersection(area);
        match chart {
            Some(chart) if section == Section::Chart => chart.render(place, buffer),
            _ => {
                for (line, row) in lines.iter().zip(place.rows()) {
                    line.render(row, buffer);
                }
            }
        }
        y = y.saturating_add(height);
    }
}

/// Without colours the symbols and words remain, and what is bold.
fn fade(area: Rect, buffer: &mut Buffer) {
    for position in area.positions() {
        let cell = &mut buffer[position];
        cell.set_fg(Color::Reset).set_bg(Color::Reset);
        cell.modifier &= Modifier::BOLD | Modifier::DIM;
    }
}

fn asked(view: &View<'_>, width: usize) -> Vec<Line<'static>> {
    let mut page = Page::new(width);
    if let Some(open) = view.state.open_question() {
        question::draw(&mut page, view.state, open, view.now);
    }
    page.lines
}

fn output(view: &View<'_>, width: usize) -> Vec<Line<'static>> {
    let line = |line: &super::progress::OutputLine| {
        let name = view
            .state
            .plan
            .steps
            .get(line.step.0)
            .map_or_else(String::new, ToString::to_string);
        Line::from(Tone::Dim.span(words::beginning(
            &format!("  {name} │ {}", line.text),
            width,
        )))
    };
    view.seen.lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
