//! Which trouble has lasted long enough to be certain.

use std::collections::HashMap;
use std::time::Duration;

use super::trouble::{Blamed, Trouble, TroubleKind};

/// Since when each trouble has been seen without a break, in time that counts.
#[derive(Default)]
pub(super) struct Suspicion {
    since: HashMap<(Blamed, TroubleKind), Duration>,
    done: usize,
}

impl Suspicion {
    /// The troubles that have lasted long enough at `now`. Whenever more pods are `done` than ever, what else is wrong
    /// gets its whole time again: it may only be waiting for its turn.
    pub(super) fn certain<'t>(
        &mut self,
        troubles: &'t [Trouble],
        done: usize,
        now: Duration,
    ) -> Vec<&'t Trouble> {
        let key = |trouble: &Trouble| (trouble.blamed.clone(), trouble.kind);
        if done > self.done {
            self.done = done;
            self.since.clear();
        }
        self.since
            .retain(|known, _| troubles.iter().any(|trouble| key(trouble) == *known));
        let mut is_certain = |trouble: &&Trouble| {
            let since = *self.since.entry(key(trouble)).or_insert(now);
            now.saturating_sub(since) >= trouble.patience
        };
        troubles
            .iter()
            .filter(|trouble| is_certain(trouble))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(name: &str, kind: TroubleKind, patience_seconds: u64) -> Trouble {
        Trouble {
            kind,
            blamed: Blamed {
                kind: "pod",
                namespace: "shop".to_owned(),
                name: name.to_owned(),
            },
            container: None,
            reason: String::new(),
            message: String::new(),
            patience: Duration::from_secs(patience_seconds),
        }
    }

    #[test]
    fn trouble_is_certain_once_it_has_lasted() {
        let troubles = [
            trouble("a", TroubleKind::Image, 5),
            trouble("b", TroubleKind::Crash, 0),
        ];
        let mut suspicion = Suspicion::default();
        let mut certain = |troubles, done, seconds| {
            let certain = suspicion.certain(troubles, done, Duration::from_secs(seconds));
            let names = certain.iter().map(|trouble| trouble.blamed.name.as_str());
            names.collect::<String>()
        };
        let only_image = &troubles[..1];
        assert_eq!(certain(only_image, 0, 0), "");
        assert_eq!(certain(only_image, 0, 4), "");
        assert_eq!(certain(&[], 0, 4), "", "it went away");
        assert_eq!(certain(only_image, 0, 5), "", "and began anew");
        assert_eq!(certain(only_image, 0, 10), "a");
        assert_eq!(certain(&troubles, 0, 10), "ab");
        assert_eq!(certain(&troubles, 1, 11), "b", "another pod became ready");
        assert_eq!(certain(&troubles, 0, 15), "b", "and is not ready any more");
        assert_eq!(certain(&troubles, 1, 16), "ab");
    }
}
