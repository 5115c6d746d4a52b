//! How others talk to a host: one order on its socket, one line back.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SOCKET;

/// Longer than the longest stop and start together.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Why the service of a host was not restarted.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    #[error("no host answers at `{socket}`")]
    Unreachable { socket: PathBuf, source: io::Error },
    #[error("the service did not start: {reason}")]
    Failed { reason: String },
}

/// Restarts the service of the host whose files are in `root`; returns once the new one serves.
pub fn restart(root: &Path) -> Result<(), RestartError> {
    let answer = order(root, "restart")?;
    if answer.starts_with("running ") {
        return Ok(());
    }
    let reason = answer
        .strip_prefix("failed: ")
        .unwrap_or(&answer)
        .to_owned();
    Err(RestartError::Failed { reason })
}

/// What runs on the host whose files are in `root`: `running PROCESS` or `stopped`.
pub fn status(root: &Path) -> Result<String, RestartError> {
    order(root, "status")
}

fn order(root: &Path, order: &str) -> Result<String, RestartError> {
    let socket = root.join(SOCKET);
    exchange(&socket, order).map_err(|source| RestartError::Unreachable { socket, source })
}

fn exchange(socket: &Path, order: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    writeln!(stream, "{order}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.trim().to_owned())
}
