//! How long it is kept what programs of ended runs printed.

use crate::Period;
use crate::reader::Item;

/// What is older goes first, and where all of it is too much, the oldest. Journal and audit are not concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Since it was written last.
    pub age: Period,
    /// Of all runs together, those that go on too.
    pub gibibytes: u64,
}

pub(crate) const KEYS: &[&str] = &["age", "gibibytes"];
pub(crate) const MOST_GIBIBYTES: u64 = 1 << 20;

pub(super) fn read(item: &Item<'_>) -> Option<Retention> {
    let default = Retention::default();
    let fields = item.fields(KEYS)?;
    let age = fields.or("age", default.age, Item::period);
    let gibibytes = fields.or("gibibytes", default.gibibytes, |item| {
        item.whole(1..=MOST_GIBIBYTES)
    });
    Some(Retention {
        age: age?,
        gibibytes: gibibytes?,
    })
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Period::from_secs(90 * 24 * 60 * 60),
            gibibytes: 20,
        }
    }
}
