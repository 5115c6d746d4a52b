//! Who gives the command.

use std::collections::BTreeMap;

/// The name of the user that this process belongs to, whatever the environment claims.
pub(crate) fn name() -> String {
    name_of(rustix::process::getuid().as_raw())
}

/// The name of a user of this machine.
pub(crate) fn name_of(uid: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid {uid}"))
}

/// Who carries a run out: `scap 4711 of ada`.
pub(crate) fn runner() -> String {
    format!("scap {} of {}", std::process::id(), name())
}

/// Who carries runs out for all.
pub(crate) fn daemon() -> String {
    format!("scap runner {} of {}", std::process::id(), name())
}

/// An address for commits, of nobody's mailbox: the user on this host.
pub(crate) fn mail() -> String {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    format!("{}@{host}", name().replace(' ', "-"))
}

/// What ssh needs to use the keys of the person who gives the command.
pub(crate) fn ssh_environment() -> BTreeMap<String, String> {
    let agent = "SSH_AUTH_SOCK";
    let socket = std::env::var(agent).ok();
    socket
        .map(|socket| (agent.to_owned(), socket))
        .into_iter()
        .collect()
}
