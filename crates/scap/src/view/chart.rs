//! The curve of evidence against its limit, for the live view and for text.

use super::style::Tone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line as Stroke};

/// Columns of the labels on the left.
const GUTTER: u16 = 12;
/// Room above the limit or the highest point, as a share of it.
const HEADROOM: f64 = 1.15;

/// The log of the e-value after each tick, and the limit at which it is an alarm.
pub(super) struct EvidenceChart<'a> {
    pub(super) curve: &'a [f64],
    pub(super) limit: f64,
}

impl EvidenceChart<'_> {
    fn top(&self) -> f64 {
        self.curve.iter().copied().fold(self.limit, f64::max) * HEADROOM
    }

    /// Evidence below zero speaks for the canary; how strongly is none of the alarm's business.
    fn points(&self) -> impl Iterator<Item = f64> {
        self.curve.iter().map(|point| point.max(0.0))
    }

    /// The row of a value, from the top.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the height of a terminal"
    )]
    fn row(&self, value: f64, height: u16) -> u16 {
        let share = 1.0 - (value / self.top()).clamp(0.0, 1.0);
        (share * f64::from(height - 1)).round() as u16
    }

    fn tone(&self) -> Tone {
        let alarming = self.curve.iter().any(|point| *point >= self.limit);
        if alarming { Tone::Bad } else { Tone::Accent }
    }

    fn draw_limit(&self, area: Rect, buffer: &mut Buffer) {
        let y = area.y + self.row(self.limit, area.height);
        for x in area.x + GUTTER..area.right() {
            buffer[(x, y)].set_symbol("╌").set_style(Tone::Bad.style());
        }
        label(
            area,
            buffer,
            y,
            &format!("limit {:.1}", self.limit),
            Tone::Bad,
        );
    }

    fn draw_curve(&self, area: Rect, buffer: &mut Buffer) {
        let plot = Rect {
            x: area.x + GUTTER,
            width: area.width - GUTTER,
            ..area
        };
        let mut curve = Buffer::empty(plot);
        let points: Vec<f64> = self.points().collect();
        let color = self.tone().style().fg.unwrap_or_default();
        let top = self.top();
        #[expect(
            clippy::cast_precision_loss,
            reason = "ticks are counted in thousands at most"
        )]
        let end = points.len().max(2) as f64 - 1.0;
        Canvas::default()
            .marker(Marker::Braille)
            .x_bounds([0.0, end])
            .y_bounds([0.0, top])
            .paint(|context| {
                let mut x = 0.0;
                for pair in points.windows(2) {
                    context.draw(&Stroke::new(x, pair[0], x + 1.0, pair[1], color));
                    x += 1.0;
                }
            })
            .render(plot, &mut curve);
        // The canvas paints its whole area, and the limit is to stay visible beside the curve.
        for position in plot.positions() {
            let cell = &curve[position];
            if !matches!(cell.symbol(), " " | "\u{2800}") {
                buffer[position] = cell.clone();
            }
        }
    }

    /// The chart as lines of text.
    pub(super) fn lines(&self, width: u16, height: u16) -> Vec<Line<'static>> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        self.render(area, &mut buffer);
        area.rows().map(|row| text_of(&buffer, row)).collect()
    }
}

impl Widget for &EvidenceChart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width <= GUTTER + 2 || area.height < 3 {
            return;
        }
        let zero = area.y + self.row(0.0, area.height);
        label(area, buffer, zero, "0", Tone::Dim);
        for y in area.top()..area.bottom() {
            let corner = if y == zero { "└" } else { "│" };
            buffer[(area.x + GUTTER - 1, y)]
                .set_symbol(corner)
                .set_style(Tone::Dim.style());
        }
        self.draw_limit(area, buffer);
        self.draw_curve(area, buffer);
    }
}

fn label(area: Rect, buffer: &mut Buffer, y: u16, text: &str, tone: Tone) {
    let width = usize::from(GUTTER) - 2;
    buffer.set_string(area.x, y, format!("{text:>width$}"), tone.style());
}

/// A row's cells as spans of one style each.
fn text_of(buffer: &Buffer, row: Rect) -> Line<'static> {
    let mut spans: Vec<(String, Style)> = Vec::new();
    for position in row.positions() {
        let cell = &buffer[position];
        let style = Style {
            fg: cell
                .style()
                .fg
                .filter(|color| *color != ratatui::style::Color::Reset),
            add_modifier: cell.modifier,
            ..Style::default()
        };
        match spans.last_mut() {
            Some((text, last)) if *last == style => text.push_str(cell.symbol()),
            _ => spans.push((cell.symbol().to_owned(), style)),
        }
    }
    if let Some((text, _)) = spans.last_mut() {
        text.truncate(text.trim_end().len());
    }
    spans
        .into_iter()
        .map(|(text, style)| Span::styled(text, style))
        .collect()
}
