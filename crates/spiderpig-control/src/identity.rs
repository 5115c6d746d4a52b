//! Who people are: their second factors, their sessions, and who is banned; one sealed `SQLite` file.

mod accounts;
mod code;
mod device;
mod factors;
pub(crate) mod guard;
pub(crate) mod passkeys;
mod people;
mod row;
mod seal;
mod session;
mod sessions;
pub(crate) mod token;
mod totp;

use crate::ControlError;
use crate::key::{self, Keeper};
use crate::store::Store;
pub use accounts::Account;
pub use code::{CodeAnswer, Codes, Proof};
pub use device::Device;
pub use factors::FactorLine;
pub use people::{Ban, PersonLine};
use rusqlite::Transaction;
use scap_journal::Mark;
use scap_run::UnixMillis;
pub use session::{HalfSession, Limits, Session, SessionEnd, WholeSession};
pub use sessions::{SessionLine, SignIn};
use std::path::Path;
pub use token::{SessionId, Token};
use tokio::sync::watch;
pub use totp::Enrolment;

/// The tables, as each version of them changes the one before.
const VERSIONS: [&str; 3] = [
    include_str!("../migrations/identity.sql"),
    include_str!("../migrations/identity_2.sql"),
    include_str!("../migrations/identity_3.sql"),
];

/// All people of one state folder.
pub struct Identity {
    store: Store,
    keeper: Keeper,
    mark: Mark,
    limits: Limits,
    generation: watch::Sender<u64>,
    was_put_back: bool,
}

/// How far the file was written.
struct Counts {
    commits: u64,
    generation: u64,
}

impl Identity {
    /// Opens identity.db of a state folder, and makes it and its key where there is none yet.
    ///
    /// Where an older copy was put in the place of the file, what had ended since would go on again: all sessions end, and no
    /// code from before `now` counts.
    pub fn open(folder: &Path, limits: Limits, now: UnixMillis) -> Result<Self, ControlError> {
        let path = folder.join("identity.db");
        let store = Store::open(&path, &VERSIONS)?;
        let keeper = store.read(|connection| {
            let depends = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM identity_seals)",
                [],
                |row| row.get(0),
            )?;
            Ok(Keeper::new(&key::load(
                &path.with_extension("key"),
                depends,
            )?))
        })?;
        let mark_path = path.with_extension("mark");
        let unmarked = |source| ControlError::File {
            path: mark_path.clone(),
            source,
        };
        let acknowledged = Mark::read(&mark_path).unwrap_or(0);
        let mut identity = Self {
            store,
            keeper,
            mark: Mark::open(&mark_path).map_err(unmarked)?,
            limits,
            generation: watch::Sender::new(0),
            was_put_back: false,
        };
        if identity.store.read(seal::is_older)? {
            let store = &identity.store;
            store.write(|transaction| seal::take_over(transaction, &identity.keeper))?;
        }
        let found = identity.counts()?;
        identity.generation.send_replace(found.generation);
        if found.commits < acknowledged {
            identity.was_put_back = true;
            identity.begin_anew(acknowledged, now)?;
        } else if found.commits == 0 {
            // From now on there are seals, whatever is written first.
            identity.write_sealed(|_| Ok(()))?;
        }
        Ok(identity)
    }

    /// Whether the file was older than the one that was last written.
    pub fn was_put_back(&self) -> bool {
        self.was_put_back
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A number that grows whenever somebody's right may have ended: whoever shows something for long looks again then.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Takes in what other processes have ended. Whoever holds streams open calls it several times a second.
    pub fn look(&self) -> Result<u64, ControlError> {
        let generation = self.counts()?.generation;
        self.tell(generation);
        Ok(generation)
    }

    fn counts(&self) -> Result<Counts, ControlError> {
        self.store.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT commits, generation FROM identity_counts")?;
            Ok(query.query_row([], |row| {
                Ok(Counts {
                    commits: row.get(0)?,
                    generation: row.get(1)?,
                })
            })?)
        })
    }

    fn tell(&self, generation: u64) {
        self.generation.send_if_modified(|known| {
            let is_newer = generation > *known;
            *known = generation.max(*known);
            is_newer
        });
    }

    /// Writes all or nothing.
    fn write<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let (written, counts) = self.store.write(|transaction| {
            let written = writing(transaction)?;
            let mut count = transaction.prepare_cached(
                "UPDATE identity_counts SET commits = commits + 1 RETURNING commits, generation",
            )?;
            let counts = count.query_row([], |row| {
                Ok(Counts {
                    commits: row.get(0)?,
                    generation: row.get(1)?,
                })
            })?;
            Ok((written, counts))
        })?;
        // The commit is durable whether it is marked or not.
        let _ = self.mark.put(counts.commits);
        self.tell(counts.generation);
        Ok(written)
    }

    /// As [`Self::write`], of what is sealed as a whole: people and factors.
    fn write_sealed<T>(
        &self,
        writing: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        self.write(|transaction| {
            seal::check(transaction, &self.keeper)?;
            let written = writing(transaction)?;
            seal::renew(transaction, &self.keeper)?;
            Ok(written)
        })
    }

    fn begin_anew(&self, acknowledged: u64, now: UnixMillis) -> Result<(), ControlError> {
        self.write_sealed(|transaction| {
            sessions::end_all(transaction)?;
            factors::forget_codes(transaction, now)?;
            // No generation was ever greater than the number of commits.
            transaction.execute(
                "UPDATE identity_counts SET commits = ?1, generation = ?1 + 1",
                [acknowledged],
            )?;
            Ok(())
        })
    }
}

/// Has all who watch look again.
fn raise(transaction: &Transaction<'_>) -> Result<(), ControlError> {
    transaction
        .prepare_cached("UPDATE identity_counts SET generation = generation + 1")?
        .execute([])?;
    Ok(())
}
