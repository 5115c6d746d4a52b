//! Single values: texts, names, words, numbers, lengths of time.

use super::{A_STRING, Item};
use crate::Period;
use crate::error::{did_you_mean, list, quoted};
use crate::located::Value;
use std::ops::RangeInclusive;
use std::str::FromStr;

impl<'a> Item<'a> {
    /// A non-empty text in one line.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.node.map(|node| &node.value) {
            Some(Value::Text(text)) if !text.is_empty() => {
                let control = text.chars().find(|c| c.is_control());
                if let Some(control) = control {
                    self.refuse(&format!("must not contain {control:?}"));
                }
                control.is_none().then_some(text)
            }
            _ => {
                self.refuse_type(A_STRING);
                None
            }
        }
    }

    /// Whether it is this very text.
    pub(crate) fn is_text(&self, text: &str) -> bool {
        matches!(self.node.map(|node| &node.value), Some(Value::Text(found)) if found == text)
    }

    pub(crate) fn owned_text(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// A text as it stands there, of several lines or of none; numbers and truth values need no quotes.
    pub(crate) fn written(&self) -> Option<&'a str> {
        if let Some(Value::Text(text) | Value::Bare(text)) = self.node.map(|node| &node.value) {
            return Some(text);
        }
        self.refuse_type("a text");
        None
    }

    /// A text that `T` takes, or whose error says what is wrong with it.
    pub(crate) fn parsed<T>(&self) -> Option<T>
    where
        T: TryFrom<String>,
        T::Error: std::fmt::Display,
    {
        T::try_from(self.owned_text()?)
            .map_err(|error| self.refuse(&error.to_string()))
            .ok()
    }

    /// A length of time that is longer than nothing.
    pub(crate) fn period(&self) -> Option<Period> {
        let read = match self.node.map(|node| &node.value) {
            Some(Value::Text(text)) => Period::try_from(text.clone()).ok(),
            _ => None,
        };
        let period = read.filter(|period| !period.duration().is_zero());
        if period.is_none() {
            self.refuse_type("a length of time such as `8s` or `2m 30s`");
        }
        period
    }

    /// One value by `read`, or a list of them.
    pub(crate) fn one_or_more<T>(
        &self,
        mut read: impl FnMut(&Item<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match self.node.map(|node| &node.value) {
            Some(Value::List(_)) => self.filled_list(read),
            _ => read(self).map(|value| vec![value]),
        }
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words = || choices.iter().map(|(word, _)| word);
            self.refuse_choice(text, words);
        }
        chosen.map(|(_, value)| *value)
    }

    /// Records that `found` is none of `known`.
    pub(crate) fn refuse_choice<T: ToString, K: IntoIterator<Item = T>>(
        &self,
        found: &str,
        known: impl Fn() -> K,
    ) {
        let message = format!("must be one of {}, not {}", list(known()), quoted(found));
        self.refuse_with_hint(&message, did_you_mean(found, known()));
    }

    /// `true` or `false`.
    pub(crate) fn truth(&self) -> Option<bool> {
        self.number("`true` or `false`", |_| true)
    }

    /// A whole number in `range`.
    pub(crate) fn whole<T: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.number(&expected, |number| range.contains(number))
    }

    /// A number that is `right`, which `expected` says in words.
    pub(crate) fn number<T: FromStr>(
        &self,
        expected: &str,
        right: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let number = match self.node.map(|node| &node.value) {
            Some(Value::Bare(text)) => text.parse().ok().filter(right),
            _ => None,
        };
        if number.is_none() {
            self.refuse_type(expected);
        }
        number
    }
}
