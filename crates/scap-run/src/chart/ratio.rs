//! How many times as often the canary fails as the control.

use crate::evidence::{Counts, float};
use schemars::JsonSchema;
use serde::Serialize;

/// Of a normal distribution, 95 % lie within so many standard deviations.
const DEVIATIONS: f64 = 1.96;

/// The error rate of the canary over that of the control, where errors come one by one.
///
/// Method: given all errors, those of the canary are a share of them; its interval is Wilson's, at 95 %, turned into a ratio
/// by the requests of both sides. Unlike the evidence it holds for one look only: the verdict does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct RatioEstimate {
    pub low: f64,
    /// Absent where the control has no errors.
    pub estimate: Option<f64>,
    pub high: Option<f64>,
}

impl RatioEstimate {
    /// None without requests on a side, or without any error.
    pub fn of(canary: Counts, control: Counts) -> Option<Self> {
        let errors = float(canary.errors) + float(control.errors);
        if errors == 0.0 || canary.requests == 0 || control.requests == 0 {
            return None;
        }
        let requests = float(control.requests) / float(canary.requests);
        let ratio = |share: f64| requests * share / (1.0 - share);
        let share = float(canary.errors) / errors;
        let square = DEVIATIONS * DEVIATIONS / errors;
        let middle = share + square / 2.0;
        let half = (square * (share * (1.0 - share) + square / 4.0)).sqrt();
        let has_control = control.errors > 0;
        Some(Self {
            low: ratio(((middle - half) / (1.0 + square)).max(0.0)),
            estimate: has_control.then(|| ratio(share)),
            high: has_control.then(|| ratio((middle + half) / (1.0 + square))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(canary: (u64, u64), control: (u64, u64)) -> Option<[Option<f64>; 3]> {
        let [canary, control] =
            [canary, control].map(|(errors, requests)| Counts { requests, errors });
        let found = RatioEstimate::of(canary, control)?;
        let rounded = |number: f64| (number * 100.0).round() / 100.0;
        Some([Some(found.low), found.estimate, found.high].map(|it| it.map(rounded)))
    }

    #[test]
    fn a_ratio_comes_with_what_chance_may_have_made_of_it() {
        // As textbooks have Wilson's interval: 0.5 of 10 is from 0.2366 to 0.7634.
        let even = [0.2366, 0.5, 0.7634]
            .map(|share: f64| Some((share / (1.0 - share) * 100.0).round() / 100.0));
        assert_eq!(of((5, 1_000), (5, 1_000)), Some(even));
        assert_eq!(of((10, 100), (10, 1_000)).unwrap()[1], Some(10.0));
        let [low, estimate, high] = of((12, 1_500), (0, 7_500)).unwrap();
        assert!(low > Some(15.0), "{low:?}");
        assert_eq!((estimate, high), (None, None));
        assert_eq!(
            of((0, 10), (5, 1_000)).unwrap()[..2],
            [Some(0.0), Some(0.0)]
        );
        assert_eq!(of((0, 10), (0, 1_000)), None);
        assert_eq!(of((1, 0), (1, 1_000)), None);
    }
}
