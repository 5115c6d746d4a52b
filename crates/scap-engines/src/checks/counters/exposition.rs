//! The text format of Prometheus, version 0.0.4, read strictly: a line that is wrong makes all of it wrong, as it does
//! for Prometheus. Some servers know only `OpenMetrics`, by whose last line it is known: then a sample may have a time with a
//! fraction, and an exemplar. The crate `prometheus-parse` passes over lines that it does not understand, and with them over errors.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// What an instance exposes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Exposition<'a> {
    pub(super) samples: Vec<Sample<'a>>,
    /// Metrics that a TYPE line names, with or without samples.
    pub(super) declared: BTreeSet<&'a str>,
}

/// One series and its value now.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) name: &'a str,
    pub(super) labels: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) value: f64,
}

/// What is wrong, and in which line, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {fault}")]
pub(in crate::checks) struct ExpositionError {
    pub(super) line: usize,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("has no name of a metric")]
    Name,
    #[error("has a label without a name")]
    LabelName,
    #[error("has a label whose value is not in double quotes")]
    LabelValue,
    #[error("has an unknown escape `\\{0}`")]
    Escape(char),
    #[error("has labels that do not end")]
    OpenLabels,
    #[error("has no number as its value")]
    Value,
    #[error("has something else than a timestamp after the value")]
    Timestamp,
}

impl<'a> Exposition<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, ExpositionError> {
        let mut exposition = Self::default();
        let is_open_metrics = text.trim_end_matches(['\n', '\r']).ends_with("# EOF");
        for (index, line) in text.split('\n').enumerate() {
            let line = line.trim_matches(is_blank);
            if let Some(comment) = line.strip_prefix('#') {
                let mut words = comment.split_ascii_whitespace();
                if words.next() == Some("TYPE") {
                    exposition.declared.extend(words.next());
                }
            } else if !line.is_empty() {
                let sample = Line(line).sample(is_open_metrics);
                let located = |fault| ExpositionError {
                    line: index + 1,
                    fault,
                };
                exposition.samples.push(sample.map_err(located)?);
            }
        }
        Ok(exposition)
    }

    /// Whether a TYPE line names the metric; `OpenMetrics` leaves the end of a counter's name out of it.
    pub(super) fn declares(&self, name: &str) -> bool {
        let stem = name.strip_suffix("_total").unwrap_or(name);
        self.declared.contains(name) || self.declared.contains(stem)
    }
}

/// What is left of a line.
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    fn sample(mut self, is_open_metrics: bool) -> Result<Sample<'a>, Fault> {
        let name = self.name(":_").ok_or(Fault::Name)?;
        self.skip_blanks();
        let labels = if self.skip('{') {
            self.labels()?
        } else {
            Vec::new()
        };
        // Labels and value of the exemplar are nobody's counts.
        let exemplar = self.0.split_once(" # {").filter(|_| is_open_metrics);
        let own = exemplar.map_or(self.0, |(own, _)| own);
        let mut words = own.split(is_blank).filter(|word| !word.is_empty());
        let value = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or(Fault::Value)?;
        let is_time = words.next().is_none_or(|time| {
            let is_fraction = || is_open_metrics && time.parse().is_ok_and(f64::is_finite);
            time.parse::<i64>().is_ok() || is_fraction()
        });
        if !is_time || words.next().is_some() {
            return Err(Fault::Timestamp);
        }
        Ok(Sample {
            name,
            labels,
            value,
        })
    }

    /// After the opening brace, up to and with the closing one; a comma may stand before that.
    fn labels(&mut self) -> Result<Vec<(&'a str, Cow<'a, str>)>, Fault> {
        let mut labels = Vec::new();
        loop {
            self.skip_blanks();
            if self.skip('}') {
                return Ok(labels);
            }
            let name = self.name("_").ok_or(Fault::LabelName)?;
            self.skip_blanks();
            if !self.skip('=') {
                return Err(Fault::LabelValue);
            }
            self.skip_blanks();
            if !self.skip('"') {
                return Err(Fault::LabelValue);
            }
            labels.push((name, self.quoted()?));
            self.skip_blanks();
            if !self.skip(',') && !self.0.starts_with('}') {
                return Err(Fault::OpenLabels);
            }
        }
    }

    /// After the opening quote, up to and with the closing one.
    fn quoted(&mut self) -> Result<Cow<'a, str>, Fault> {
        let mut value = Cow::Borrowed("");
        loop {
            let end = self.0.find(['"', '\\']).ok_or(Fault::OpenLabels)?;
            let (plain, rest) = self.0.split_at(end);
            value += plain;
            let mut rest = rest.chars();
            if rest.next() == Some('"') {
                self.0 = rest.as_str();
                return Ok(value);
            }
            value.to_mut().push(match rest.next() {
                Some('n') => '\n',
                Some(plain @ ('"' | '\\')) => plain,
                Some(other) => return Err(Fault::Escape(other)),
                None => return Err(Fault::OpenLabels),
            });
            self.0 = rest.as_str();
        }
    }

    /// Letters, digits and `others`; no digit at the start.
    fn name(&mut self, others: &str) -> Option<&'a str> {
        let known = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
        let end = self.0.find(|c| !known(c)).unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest;
        let starts_well = !name.starts_with(|c: char| c.is_ascii_digit());
        (!name.is_empty() && starts_well).then_some(name)
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches(is_blank);
    }

    /// Whether `c` came next.
    fn skip(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// Lines may end as on Windows.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r')
}

#[cfg(test)]
mod tests;
