//! Values of scap.cfg as texts and numbers, or what is wrong with them.

use super::ini::Setting;
use crate::Period;
use crate::error::quoted;
use crate::error::{ConfigError, Place};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The values that hold on the deploying host, by key.
pub(super) struct Values<'a> {
    pub(super) file: &'a str,
    pub(super) values: BTreeMap<String, Setting<'a>>,
}

impl<'a> Values<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).map(|setting| setting.value)
    }

    /// The value of `key` is wrong; an absent one is so at the top of the file.
    pub(super) fn refuse(&self, key: &str, message: &str) -> ConfigError {
        let place = self
            .values
            .get(key)
            .map_or(Place::START, |setting| setting.value_place);
        place.error(self.file, format!("{key} of scap.cfg {message}"))
    }

    /// The value of `key` is not what it must be.
    pub(super) fn wrong(&self, key: &str, expected: &str) -> ConfigError {
        let found = match self.get(key) {
            None => ", but is missing".to_owned(),
            Some("") => ", but is empty".to_owned(),
            Some(text) => format!(", not {}", quoted(text)),
        };
        self.refuse(key, &format!("{expected}{found}"))
    }

    /// The text of `key`, or `default`; an empty one is refused.
    pub(super) fn text(&self, key: &str, default: Option<&'a str>) -> Result<&'a str, ConfigError> {
        let text = self.get(key).or(default).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(key, "must be a non-empty string"))
    }

    pub(super) fn number<T>(
        &self,
        key: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, ConfigError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(
                key,
                &format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
        }
    }

    /// Seconds with a fraction, as scap3 has them.
    pub(super) fn seconds(&self, key: &str) -> Result<Option<Period>, ConfigError> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => {
                Ok(Some(Period::from(Duration::from_secs_f64(seconds))))
            }
            _ => Err(self.wrong(key, "must be a number of seconds, at most 86400")),
        }
    }
}
