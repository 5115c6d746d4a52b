//! Sign-ins that have begun: what the browser must come back with, once and soon.

use super::{ProviderError, back};
use crate::identity::token::hex;
use crate::{ControlError, key};
use scap_run::UnixMillis;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How long a person may take, in milliseconds.
const LONGEST: u64 = 10 * 60 * 1_000;
/// Of more, the oldest are forgotten.
const MOST: usize = 10_000;

/// All that have begun, oldest first. `S` is what a protocol wants to know again.
pub(super) struct Flows<S>(Mutex<VecDeque<Flow<S>>>);

struct Flow<S> {
    /// Hashes, which are compared in the same time wherever they differ; nobody finds what was hashed by them.
    cookie: blake3::Hash,
    state: blake3::Hash,
    began: UnixMillis,
    begun: Kept<S>,
}

/// What is known again when the browser is back.
pub(super) struct Kept<S> {
    pub(super) back: String,
    pub(super) secrets: S,
}

/// What a new flow is known by.
pub(super) struct Names {
    /// For the cookie.
    pub(super) flow: String,
    /// For the address that the browser comes back to.
    pub(super) state: String,
}

/// 32 random bytes in hex.
pub(super) fn random() -> Result<String, ControlError> {
    Ok(hex(key::random::<32>()?.as_slice()))
}

impl<S> Flows<S> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    pub(super) fn begin(
        &self,
        back: &str,
        secrets: S,
        now: UnixMillis,
    ) -> Result<Names, ProviderError> {
        let names = Names {
            flow: random()?,
            state: random()?,
        };
        let flow = Flow {
            cookie: blake3::hash(names.flow.as_bytes()),
            state: blake3::hash(names.state.as_bytes()),
            began: now,
            begun: Kept {
                back: back::path(back),
                secrets,
            },
        };
        let mut flows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flows.retain(|flow| !flow.is_over(now));
        if flows.len() >= MOST {
            flows.pop_front();
        }
        flows.push_back(flow);
        Ok(names)
    }

    /// Takes out what the cookie `flow` stands for, if the browser came back with its state. With another one it stays: that
    /// may be the way back of a sign-in before.
    pub(super) fn take(
        &self,
        flow: &str,
        query: &BTreeMap<String, String>,
        now: UnixMillis,
    ) -> Result<Kept<S>, ProviderError> {
        let mut flows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flows.retain(|flow| !flow.is_over(now));
        let cookie = blake3::hash(flow.as_bytes());
        let found = flows.iter().position(|it| it.cookie == cookie);
        let index = found.ok_or(ProviderError::NoFlow)?;
        let state = query.get("state").map(|it| blake3::hash(it.as_bytes()));
        if state != Some(flows[index].state) {
            return Err(ProviderError::OtherState);
        }
        let flow = flows.remove(index).expect("it was found there");
        Ok(flow.begun)
    }
}

impl<S> Flow<S> {
    fn is_over(&self, now: UnixMillis) -> bool {
        self.began.until(now) >= LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UnixMillis = UnixMillis(1_800_000_000_000);

    fn query(state: &str) -> BTreeMap<String, String> {
        [("state".to_owned(), state.to_owned())].into()
    }

    #[test]
    fn a_flow_counts_once_within_ten_minutes_and_with_its_own_state() {
        let flows = Flows::new();
        let first = flows.begin("/runs/1", 1, START).unwrap();
        let second = flows.begin("//evil.example", 2, START).unwrap();
        let late = START.after(LONGEST);
        let soon = START.after(LONGEST - 1);
        let refused = |flow: &str, state: &str, now| flows.take(flow, &query(state), now).err();
        for (flow, state) in [
            (&first.flow, &second.state),
            (&first.flow, &first.flow),
            (&first.flow, &String::new()),
            (&second.flow, &first.state),
        ] {
            let error = refused(flow, state, soon);
            assert!(
                matches!(error, Some(ProviderError::OtherState)),
                "{error:?}"
            );
        }
        let none = flows.take(&first.flow, &BTreeMap::new(), soon).err();
        assert!(matches!(none, Some(ProviderError::OtherState)));
        for flow in [&first.state, &String::new(), &first.flow.to_uppercase()] {
            let error = refused(flow, &first.state, soon);
            assert!(matches!(error, Some(ProviderError::NoFlow)), "{flow}");
        }

        let kept = flows.take(&first.flow, &query(&first.state), soon).unwrap();
        assert_eq!((kept.back.as_str(), kept.secrets), ("/runs/1", 1));
        let again = refused(&first.flow, &first.state, soon);
        assert!(matches!(again, Some(ProviderError::NoFlow)), "used up");
        let over = refused(&second.flow, &second.state, late);
        assert!(matches!(over, Some(ProviderError::NoFlow)), "too late");
    }

    #[test]
    fn of_too_many_flows_the_oldest_is_forgotten() {
        let flows = Flows::new();
        let first = flows.begin("/", (), START).unwrap();
        let second = flows.begin("/", (), START).unwrap();
        for _ in 1..MOST {
            flows.begin("/", (), START).unwrap();
        }
        assert_eq!(flows.0.lock().unwrap().len(), MOST);
        assert!(
            flows
                .take(&first.flow, &query(&first.state), START)
                .is_err()
        );
        assert!(
            flows
                .take(&second.flow, &query(&second.state), START)
                .is_ok()
        );
    }
}
