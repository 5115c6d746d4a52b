//! The secrets that are known, and the text that anybody may see without them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use scap_mask::{Class, Mask, Secrets, ShownLines};
use scap_run::Failure;

/// What is shown of any text at all when it cannot be masked.
const HIDDEN: &str = "(hidden: the known secrets cannot be looked for in it)";

/// One value that nobody may see.
pub struct Secret {
    /// Where it is kept, which is shown in its place.
    pub label: String,
    pub value: Vec<u8>,
}

/// All secrets that this process has come to know; its clones share them. What it has never learned is still masked by
/// its form, where it has one.
#[derive(Clone, Default)]
pub struct KnownSecrets(Arc<RwLock<State>>);

#[derive(Default)]
struct State {
    secrets: Secrets,
    /// Digests of what was learned.
    learned: HashSet<blake3::Hash>,
    mask: Made,
}

/// Made when it is first needed after something new was learned.
#[derive(Default)]
enum Made {
    #[default]
    NotYet,
    Mask(Mask),
    /// Without it nothing is shown.
    Impossible,
}

impl KnownSecrets {
    /// From now on none of `secrets` is shown any more.
    pub fn learn(&self, secrets: impl IntoIterator<Item = Secret>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for Secret { label, value } in secrets {
            if state.learned.insert(blake3::hash(&value)) {
                state.secrets.add(Class::Secret, &label, &value);
                state.mask = Made::NotYet;
            }
        }
    }

    /// `text` as anybody may see it: all of it is hidden when it cannot be masked.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.current() {
            Some(mask) => mask.mask(text),
            None => Cow::Borrowed(HIDDEN),
        }
    }

    /// Masks text in place.
    pub fn hide(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.mask(text) {
            *text = masked;
        }
    }

    /// Makes of output as it comes the lines that anybody may see; what is learned later is not looked for.
    pub(crate) fn shown_lines(&self) -> ShownLines {
        ShownLines::new(self.current())
    }

    /// A failure as anybody may see it.
    #[must_use]
    pub fn failure(&self, mut failure: Failure) -> Failure {
        self.hide(&mut failure.message);
        let others = [
            &mut failure.causes,
            &mut failure.hints,
            &mut failure.commands,
        ];
        for text in others.into_iter().flatten() {
            self.hide(text);
        }
        failure
    }

    /// The mask of all that is known now; none when it cannot be made.
    fn current(&self) -> Option<Mask> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match &state.mask {
            Made::Mask(mask) => return Some(mask.clone()),
            Made::Impossible => return None,
            Made::NotYet => drop(state),
        }
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mask = Mask::new(&state.secrets, &[Class::Secret, Class::Embargoed]);
        let mask = mask.inspect_err(|error| tracing::error!(%error, "nothing can be masked"));
        state.mask = match &mask {
            Ok(mask) => Made::Mask(mask.clone()),
            Err(_) => Made::Impossible,
        };
        mask.ok()
    }
}

impl fmt::Debug for KnownSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KnownSecrets")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
