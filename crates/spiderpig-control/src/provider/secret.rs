//! The client's secret, in a file that only its owner reads.

use crate::ControlError;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// In bytes; no secret is longer.
const LONGEST: usize = 4_096;

/// Without the line end that editors add.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, ControlError> {
    let unusable = |source| ControlError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unusable)?;
    if file.metadata().map_err(unusable)?.mode() & 0o077 != 0 {
        return Err(ControlError::Exposed(path.to_owned()));
    }
    // As long as it may become, so that no copy is left behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    file.take(LONGEST as u64)
        .read_to_string(&mut text)
        .map_err(unusable)?;
    let secret = Zeroizing::new(text.trim().to_owned());
    if secret.is_empty() {
        return Err(unusable(io::Error::from(io::ErrorKind::UnexpectedEof)));
    }
    Ok(secret)
}
