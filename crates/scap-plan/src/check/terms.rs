//! On what terms a test runs: where, after which others, how often, and whether it may block.

use crate::{EnvironmentName, EnvironmentType, ReleaseStep, StageName, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::UNIX_EPOCH;

/// The releases that a test is for; a list with nothing in it stands for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scope {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment_types: Vec<EnvironmentType>,
    /// By the name that the service uses, or by their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<EnvironmentName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageName>,
}

/// A test that is known to fail: it runs and is shown, and blocks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quarantine {
    pub reason: String,
    /// The last day; without one it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A day of the calendar in UTC, written `2026-12-31`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Date(String);

/// Why a text is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a day such as `2026-12-31`, not {0:?}")]
pub struct DateError(String);

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

impl Scope {
    pub fn is_everywhere(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a test of this scope is for the step; hosts have none of what it names.
    pub fn includes(&self, step: &Step) -> bool {
        match step.release() {
            Some(release) => self.includes_release(release),
            None => self.is_everywhere(),
        }
    }

    fn includes_release(&self, release: &ReleaseStep) -> bool {
        let names = [&release.environment, &release.canonical_environment];
        let types = &self.environment_types;
        (types.is_empty() || types.contains(&release.environment_type))
            && (self.environments.is_empty()
                || names.iter().any(|name| self.environments.contains(name)))
            && (self.stages.is_empty() || self.stages.contains(&release.stage))
    }
}

impl fmt::Display for Scope {
    /// `staging; stage CANARY; environment codfw, eqiad`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.environment_types.iter().map(|kind| match kind {
            EnvironmentType::Staging => "staging".to_owned(),
            EnvironmentType::Production => "production".to_owned(),
        });
        let stages = self.stages.iter().map(|name| format!("stage {name}"));
        let environments = self.environments.iter().map(ToString::to_string);
        let parts = [types.collect(), stages.collect(), environments.collect()];
        let parts = parts
            .iter()
            .filter(|names: &&Vec<String>| !names.is_empty());
        let parts: Vec<String> = parts.map(|names| names.join(" or ")).collect();
        f.write_str(&parts.join(", "))
    }
}

impl Quarantine {
    /// Whether its last day is over at this time, in seconds since 1970.
    pub fn is_over(&self, unix_seconds: u64) -> bool {
        let end = self.until.as_ref().map(Date::end_unix_seconds);
        end.is_some_and(|end| unix_seconds >= end)
    }
}

impl fmt::Display for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.until {
            Some(until) => write!(f, "in quarantine until {until}: {}", self.reason),
            None => write!(f, "in quarantine: {}", self.reason),
        }
    }
}

impl Date {
    /// When the next day begins, in seconds since 1970.
    pub fn end_unix_seconds(&self) -> u64 {
        begin_unix_seconds(&self.0).expect("it was read before") + SECONDS_OF_A_DAY
    }
}

/// Days before 1970 are none.
fn begin_unix_seconds(text: &str) -> Option<u64> {
    if text.len() != "2026-12-31".len() {
        return None;
    }
    let begin = humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()?;
    let since = begin.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

impl TryFrom<String> for Date {
    type Error = DateError;
    fn try_from(text: String) -> Result<Self, DateError> {
        match begin_unix_seconds(&text) {
            Some(_) => Ok(Self(text)),
            None => Err(DateError(text)),
        }
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Result<Date, DateError> {
        Date::try_from(text.to_owned())
    }

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for right in ["1970-01-01", "2024-02-29", "2026-12-31", "9999-12-31"] {
            assert_eq!(date(right).unwrap().to_string(), right);
        }
        for wrong in [
            "",
            "2026-02-30",
            "2026-1-1",
            "26-01-01",
            "1969-12-31",
            "2026-12-31Z",
            "2026-12-31T0",
            "tomorrow!!",
            "２026-12-31",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_quarantine_ends_with_its_last_day() {
        let mut quarantine = Quarantine {
            reason: "flaky".to_owned(),
            until: date("1970-01-02").ok(),
        };
        let second = 2 * SECONDS_OF_A_DAY;
        assert!(!quarantine.is_over(second - 1));
        assert!(quarantine.is_over(second));
        quarantine.until = None;
        assert!(!quarantine.is_over(u64::MAX));
    }

    #[test]
    fn hostile_texts_are_days_or_are_refused() {
        let good = ["2026-12-31", "1970-01-01"];
        scap_hostile::hostile_text("date", &good, |text| {
            if let Ok(date) = date(text) {
                assert!(date.end_unix_seconds() >= SECONDS_OF_A_DAY);
            }
        });
    }
}
