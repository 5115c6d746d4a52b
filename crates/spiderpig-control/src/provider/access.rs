//! What the groups of sessions can be read anew by: in memory only, overwritten when it is dropped.

use crate::SessionId;
use scap_run::UnixMillis;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// No session is older, in milliseconds.
const LONGEST: u64 = 12 * 3_600 * 1_000;

/// A person's access token. It has no `Display`.
pub struct Access {
    pub(super) token: Zeroizing<String>,
    /// Whose it is, as the provider counts people.
    pub(super) subject: String,
    /// When it counts no more, if the provider said so.
    pub(super) ends: Option<UnixMillis>,
}

/// By session.
#[derive(Default)]
pub(super) struct Accesses(Mutex<HashMap<SessionId, (Arc<Access>, UnixMillis)>>);

impl Accesses {
    pub(super) fn remember(&self, session: &SessionId, access: Access, now: UnixMillis) {
        let longest = now.after(LONGEST);
        let ends = access.ends.map_or(longest, |ends| ends.min(longest));
        let mut accesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accesses.retain(|_, (_, ends)| *ends > now);
        accesses.insert(session.clone(), (Arc::new(access), ends));
    }

    pub(super) fn find(&self, session: &SessionId, now: UnixMillis) -> Option<Arc<Access>> {
        let accesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (access, ends) = accesses.get(session)?;
        (*ends > now).then(|| access.clone())
    }

    pub(super) fn forget(&self, session: &SessionId) {
        let mut accesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accesses.remove(session);
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(…)")
    }
}
