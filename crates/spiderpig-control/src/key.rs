//! Keys that lie beside what they protect, in files that only their owner reads.

use crate::ControlError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

const LENGTH: usize = 32;
const NONCE: usize = 24;

/// 32 random bytes, forgotten when they are dropped.
pub(crate) type Secret = Zeroizing<[u8; LENGTH]>;

pub(crate) fn random<const BYTES: usize>() -> Result<Zeroizing<[u8; BYTES]>, ControlError> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

/// Reads a key; makes a new one where there is none, unless something `depends` on the old one.
pub(crate) fn load(path: &Path, depends: bool) -> Result<Secret, ControlError> {
    let unusable = |source| ControlError::File {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => {
            if file.metadata().map_err(unusable)?.mode() & 0o077 != 0 {
                return Err(ControlError::Exposed(path.to_owned()));
            }
            read(file).map_err(unusable)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if depends {
                return Err(ControlError::KeyLost(path.to_owned()));
            }
            let key = random()?;
            match write(path, &key) {
                // Another process was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => load(path, true),
                written => written.map(|()| key).map_err(unusable),
            }
        }
        Err(error) => Err(unusable(error)),
    }
}

fn read(mut file: File) -> io::Result<Secret> {
    let mut key = Secret::default();
    file.read_exact(key.as_mut_slice())?;
    Ok(key)
}

/// Whole or not at all: it gets its name once it is durable.
fn write(path: &Path, key: &Secret) -> io::Result<()> {
    let draft = path.with_extension(format!("key-{}", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key.as_slice())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    linked?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// What identity.key is used for: each use has a key of its own.
pub(crate) struct Keeper {
    cipher: XChaCha20Poly1305,
    rows: [u8; LENGTH],
}

impl Keeper {
    pub(crate) fn new(key: &Secret) -> Self {
        let cipher = Zeroizing::new(blake3::derive_key(
            "scap spiderpig 2026 factors",
            key.as_slice(),
        ));
        Self {
            cipher: XChaCha20Poly1305::new(
                cipher.as_slice().try_into().expect("a key has 32 bytes"),
            ),
            rows: blake3::derive_key("scap spiderpig 2026 rows", key.as_slice()),
        }
    }

    /// Seals a secret for its `owner`: in the row of another one it cannot be opened.
    pub(crate) fn seal(&self, secret: &[u8], owner: &str) -> Result<Vec<u8>, ControlError> {
        let nonce = random::<NONCE>()?;
        let payload = Payload {
            msg: secret,
            aad: owner.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(*nonce), payload);
        let sealed = sealed.expect("a secret is far below what one nonce can seal");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(
        &self,
        sealed: &[u8],
        owner: &str,
    ) -> Result<Zeroizing<Vec<u8>>, ControlError> {
        let damaged = || ControlError::Damaged("the second factors");
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: owner.as_bytes(),
        };
        let secret = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        secret.map(Zeroizing::new).map_err(|_| damaged())
    }

    /// A hash that nobody makes without the key.
    pub(crate) fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.rows)
    }
}
