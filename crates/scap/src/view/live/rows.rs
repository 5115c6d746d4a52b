//! Which part of the view gets how many rows when there are not enough for all.

use ratatui::text::Line;

/// Rows of the chart where there is room.
pub(super) const CHART_ROWS: usize = 6;

/// A part of the view, in the order from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Head,
    Waves,
    Question,
    Steps,
    Facts,
    Chart,
    Output,
}

use Section::{Chart, Facts, Head, Output, Question, Steps, Waves};

const TOP_DOWN: [Section; 7] = [Head, Waves, Question, Steps, Facts, Chart, Output];

/// Who gets rows first, and up to how many: what is most urgent comes early, what is long comes twice.
const CLAIMS: [(Section, usize); 12] = [
    (Head, usize::MAX),
    (Question, usize::MAX),
    (Waves, 1),
    (Steps, 1),
    (Facts, 3),
    (Waves, usize::MAX),
    (Facts, usize::MAX),
    (Chart, CHART_ROWS),
    (Steps, 5),
    (Output, 3),
    (Steps, usize::MAX),
    (Output, usize::MAX),
];

/// Fewer rows than these are not a chart.
const LEAST_CHART_ROWS: usize = 4;

/// All sections with their lines, and the rows that there are.
pub(super) struct Rows {
    height: usize,
    offers: Vec<(Section, Vec<Line<'static>>)>,
}

impl Rows {
    pub(super) fn new(height: u16) -> Self {
        Self {
            height: usize::from(height),
            offers: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, section: Section, lines: Vec<Line<'static>>) {
        self.offers.push((section, lines));
    }

    fn wanted(&self, section: Section) -> usize {
        let offer = self.offers.iter().find(|(offered, _)| *offered == section);
        offer.map_or(0, |(_, lines)| lines.len())
    }

    /// Rows that a section would get if it wanted very many.
    pub(super) fn room(&self, section: Section) -> usize {
        let wanted = |other| {
            if other == section {
                usize::MAX
            } else {
                self.wanted(other)
            }
        };
        rows(self.height, wanted)[section as usize]
    }

    /// Rows that nobody wants.
    pub(super) fn spare(&self) -> usize {
        let used: usize = self.granted().map(|(_, lines)| lines.len()).sum();
        self.height - used
    }

    /// Each section's lines, cut to the rows it gets; of the output the last ones.
    pub(super) fn granted(&self) -> impl Iterator<Item = (Section, &[Line<'static>])> {
        let rows = rows(self.height, |section| self.wanted(section));
        TOP_DOWN.into_iter().filter_map(move |section| {
            let (_, lines) = self
                .offers
                .iter()
                .find(|(offered, _)| *offered == section)?;
            let granted = rows[section as usize];
            let from = if section == Output {
                lines.len() - granted
            } else {
                0
            };
            Some((section, &lines[from..from + granted]))
        })
    }
}

impl Section {
    /// Whether it has a blank row above it where there is room.
    pub(super) fn stands_apart(self) -> bool {
        matches!(self, Question | Steps | Facts | Output)
    }
}

fn rows(height: usize, wanted: impl Fn(Section) -> usize) -> [usize; TOP_DOWN.len()] {
    let mut rows = [0; TOP_DOWN.len()];
    let mut left = height;
    for (section, most) in CLAIMS {
        let granted = &mut rows[section as usize];
        let more = wanted(section).min(most).saturating_sub(*granted).min(left);
        if section == Chart && more < LEAST_CHART_ROWS {
            continue;
        }
        *granted += more;
        left -= more;
    }
    rows
}
