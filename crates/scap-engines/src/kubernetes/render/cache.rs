//! What was rendered before, by the hash of all that it was rendered from.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Of all entries together; what was not used for the longest time goes first.
const MOST_BYTES: u64 = 512 << 20;
const OLDEST: Duration = Duration::from_hours(30 * 24);

/// A folder of entries that can be lost at any time.
#[derive(Debug, Clone)]
pub(in super::super) struct Cache {
    folder: PathBuf,
}

/// What has to be looked at to know whether a helmfile is still the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Recipe {
    /// Relative to the checkout.
    pub(in super::super) inside: BTreeSet<PathBuf>,
    pub(in super::super) outside: BTreeSet<PathBuf>,
}

impl Cache {
    pub(in super::super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The entry `key`; none when it is missing, torn, changed or of another form.
    pub(in super::super) fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let path = self.folder.join(key);
        let bytes = fs::read(&path).ok()?;
        let (hash, content) = bytes.split_at_checked(blake3::OUT_LEN)?;
        if blake3::hash(content).as_bytes() != hash {
            return None;
        }
        let entry = serde_json::from_slice(content).ok()?;
        // It counts as used now; if that cannot be noted, it is rendered again sooner.
        let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(entry)
    }

    pub(in super::super) fn put<T: Serialize>(&self, key: &str, entry: &T) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let content = serde_json::to_vec(entry)?;
        // Readable for its owner only: manifests hold secrets.
        let mut file = NamedTempFile::with_prefix_in(".new-", &self.folder)?;
        file.write_all(blake3::hash(&content).as_bytes())?;
        file.write_all(&content)?;
        file.persist(self.folder.join(key))?;
        self.prune()
    }

    fn prune(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another scap may have removed it.
            if let Ok(metadata) = entry.metadata() {
                entries.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        entries.sort_unstable();
        let mut bytes: u64 = entries.iter().map(|(_, length, _)| length).sum();
        for (used, length, path) in entries {
            if bytes <= MOST_BYTES && used.elapsed().unwrap_or_default() <= OLDEST {
                break;
            }
            bytes -= length;
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Takes in one value after the other, so that no two lists give the same key.
pub(in super::super) struct Key(blake3::Hasher);

impl Key {
    /// `form` says what is kept under it, and changes whenever that changes its meaning.
    pub(in super::super) fn new(form: &str) -> Self {
        let mut key = Self(blake3::Hasher::new());
        key.add(form.as_bytes());
        key
    }

    pub(in super::super) fn add(&mut self, value: &[u8]) {
        self.0.update(&(value.len() as u64).to_le_bytes());
        self.0.update(value);
    }

    /// A file's bytes, or that it cannot be read and why.
    pub(in super::super) fn add_file(&mut self, path: &Path) {
        self.add(path.as_os_str().as_encoded_bytes());
        match fs::read(path) {
            Ok(bytes) => self.add(&bytes),
            Err(error) => self.add(format!("missing: {:?}", error.kind()).as_bytes()),
        }
    }

    /// A program by what tells its versions apart without reading it.
    pub(in super::super) fn add_program(&mut self, path: &Path) {
        self.add(path.as_os_str().as_encoded_bytes());
        if let Ok(metadata) = fs::metadata(path) {
            self.add(&metadata.len().to_le_bytes());
            let modified = metadata.modified().ok();
            let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            self.add(&since.unwrap_or_default().as_nanos().to_le_bytes());
        }
    }

    pub(in super::super) fn finish(self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn an_entry_that_is_torn_or_changed_is_none() {
        let folder = TempDir::new().unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        assert_eq!(cache.get::<Vec<u8>>("a"), None);
        cache.put("a", &vec![1_u8, 2]).unwrap();
        assert_eq!(cache.get("a"), Some(vec![1_u8, 2]));
        assert_eq!(cache.get::<Recipe>("a"), None);
        let path = folder.path().join("cache/a");
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(cache.get::<Vec<u8>>("a"), None, "{length} bytes");
        }
        let mut changed = whole.clone();
        changed[blake3::OUT_LEN + 1] ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(cache.get::<Vec<u8>>("a"), None);
    }

    #[test]
    fn entries_that_nobody_used_for_long_are_removed() {
        let folder = TempDir::new().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        cache.put("old", &1).unwrap();
        cache.put("used", &2).unwrap();
        let long_ago = SystemTime::now() - OLDEST - Duration::from_hours(1);
        for name in ["old", "used"] {
            File::open(folder.path().join(name))
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
        }
        assert_eq!(cache.get("used"), Some(2));
        cache.put("new", &3).unwrap();
        let left = ["old", "used", "new"].map(|name| cache.get::<i32>(name));
        assert_eq!(left, [None, Some(2), Some(3)]);
    }
}
