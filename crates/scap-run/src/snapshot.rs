//! Counters as instances show them, and the counts of a tick between two looks.

use crate::evidence::{Counts, SignatureCounts, Tick};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All instances' counters at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub instances: BTreeMap<String, InstanceCounters>,
    /// Instances that could not be read, with the reason.
    pub missing: BTreeMap<String, String>,
}

/// One instance's counters since it started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceCounters {
    pub requests: u64,
    pub errors: u64,
    /// Errors by signature.
    pub signatures: BTreeMap<String, u64>,
    /// Errors whose signatures are not known, though they have some.
    #[serde(default)]
    pub unlisted: u64,
}

impl Snapshot {
    /// Counts between `earlier` and `later` of canary and control, `milliseconds` apart. An instance that is in one of the two
    /// looks only gives none: what it counted before may be of any age. When signatures of errors are not known, none are compared:
    /// one that the canary shows may be among those that the control does not.
    pub fn tick(canary: (&Self, &Self), control: (&Self, &Self), milliseconds: u32) -> Tick {
        let (canary_counts, canary_signatures) = Self::since(canary.0, canary.1);
        let (control_counts, control_signatures) = Self::since(control.0, control.1);
        let mut signatures: BTreeMap<String, SignatureCounts> = BTreeMap::new();
        for (side, canaries) in [(canary_signatures, true), (control_signatures, false)] {
            for (signature, count) in side {
                let entry =
                    signatures
                        .entry(signature.clone())
                        .or_insert_with(|| SignatureCounts {
                            signature,
                            canary: 0,
                            control: 0,
                        });
                *(if canaries {
                    &mut entry.canary
                } else {
                    &mut entry.control
                }) += count;
            }
        }
        let is_listed = Self::is_listed(canary) && Self::is_listed(control);
        let signatures = signatures.into_values().filter(|_| is_listed).collect();
        Tick {
            canary: canary_counts,
            control: control_counts,
            signatures,
            milliseconds,
        }
    }

    /// Whether the signatures of all errors between two looks are known.
    fn is_listed((earlier, later): (&Self, &Self)) -> bool {
        let unlisted =
            |look: &Self, name: &String| look.instances.get(name).map(|seen| seen.unlisted);
        let is_listed = |name| {
            unlisted(earlier, name).is_none_or(|before| unlisted(later, name) == Some(before))
        };
        later.instances.keys().all(is_listed)
    }

    fn since(earlier: &Self, later: &Self) -> (Counts, BTreeMap<String, u64>) {
        let mut counts = Counts {
            requests: 0,
            errors: 0,
        };
        let mut signatures = BTreeMap::new();
        for (name, now) in &later.instances {
            let Some(before) = earlier.instances.get(name) else {
                continue;
            };
            // A counter that went back was restarted: what it shows, it counted since then. When only errors go back, their
            // counter did, and not the instance: its requests are none of this tick.
            let fresh = InstanceCounters::default();
            let is_restarted = now.requests < before.requests;
            let requests = if is_restarted { 0 } else { before.requests };
            let before = if is_restarted || now.errors < before.errors {
                &fresh
            } else {
                before
            };
            counts.requests += now.requests - requests;
            counts.errors += now.errors - before.errors;
            for (signature, count) in &now.signatures {
                let grown =
                    count.saturating_sub(before.signatures.get(signature).copied().unwrap_or(0));
                if grown > 0 {
                    *signatures.entry(signature.clone()).or_insert(0) += grown;
                }
            }
        }
        (counts, signatures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(instances: &[(&str, u64, u64)]) -> Snapshot {
        let counters = |requests, errors| InstanceCounters {
            requests,
            errors,
            signatures: BTreeMap::from([("Boom".to_owned(), errors)]),
            unlisted: 0,
        };
        let instances = instances
            .iter()
            .map(|(name, r, e)| ((*name).to_owned(), counters(*r, *e)))
            .collect();
        Snapshot {
            instances,
            missing: BTreeMap::new(),
        }
    }

    #[test]
    fn a_tick_counts_what_grew_on_each_side() {
        let tick = Snapshot::tick(
            (&snapshot(&[("a", 100, 1)]), &snapshot(&[("a", 150, 4)])),
            (
                &snapshot(&[("b", 10, 0), ("c", 10, 0)]),
                &snapshot(&[("b", 30, 0), ("c", 40, 2)]),
            ),
            1000,
        );
        assert_eq!(
            tick.canary,
            Counts {
                requests: 50,
                errors: 3
            }
        );
        assert_eq!(
            tick.control,
            Counts {
                requests: 50,
                errors: 2
            }
        );
        assert_eq!(
            tick.signatures,
            [SignatureCounts {
                signature: "Boom".into(),
                canary: 3,
                control: 2
            }]
        );
    }

    #[test]
    fn signatures_that_are_known_in_part_are_not_compared() {
        let before = snapshot(&[("a", 100, 1)]);
        let after = snapshot(&[("a", 150, 4)]);
        let mut unlisted = after.clone();
        unlisted.instances.get_mut("a").unwrap().unlisted = 2;
        let kinds = |canary: &Snapshot, control: &Snapshot| {
            let tick = Snapshot::tick((&before, canary), (&before, control), 1000);
            assert_eq!((tick.canary.errors, tick.control.errors), (3, 3));
            tick.signatures.len()
        };
        assert_eq!(kinds(&after, &after), 1);
        assert_eq!(kinds(&unlisted, &after), 0);
        assert_eq!(kinds(&after, &unlisted), 0);
    }

    #[test]
    fn an_instance_seen_once_gives_no_counts_and_a_restarted_one_counts_from_nothing() {
        let tick = Snapshot::tick(
            (
                &snapshot(&[("gone", 5, 5)]),
                &snapshot(&[("new", 1000, 900)]),
            ),
            (
                &snapshot(&[("b", 1000, 20), ("c", 1000, 20)]),
                &snapshot(&[("b", 30, 1), ("c", 1010, 2)]),
            ),
            1000,
        );
        assert_eq!(
            tick.canary,
            Counts {
                requests: 0,
                errors: 0
            }
        );
        assert_eq!(
            tick.control,
            Counts {
                requests: 40,
                errors: 3
            }
        );
    }
}
