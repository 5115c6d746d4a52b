//! The six hosts of the demo, all of them this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Names and addresses, as `scap.yaml` has them; the first is the canary.
pub(crate) const HOSTS: [(&str, Ipv4Addr); 6] = [
    ("shop1", Ipv4Addr::new(127, 0, 1, 1)),
    ("shop2", Ipv4Addr::new(127, 0, 1, 2)),
    ("shop3", Ipv4Addr::new(127, 0, 1, 3)),
    ("shop4", Ipv4Addr::new(127, 0, 1, 4)),
    ("shop5", Ipv4Addr::new(127, 0, 1, 5)),
    ("shop6", Ipv4Addr::new(127, 0, 1, 6)),
];

/// How many ports are tried before giving up; one is enough nearly always.
const ATTEMPTS: usize = 50;

/// A port that is free on all six addresses at this moment.
pub(crate) fn free_port() -> io::Result<u16> {
    let mut refusal = None;
    for _ in 0..ATTEMPTS {
        // Held until the others are tried, so that the next attempt gets another one.
        let first = TcpListener::bind((HOSTS[0].1, 0))?;
        let port = first.local_addr()?.port();
        let others = HOSTS[1..]
            .iter()
            .map(|(_, address)| TcpListener::bind((*address, port)))
            .collect::<io::Result<Vec<_>>>();
        match others {
            Ok(_) => return Ok(port),
            Err(error) => refusal = Some(error),
        }
    }
    Err(refusal.expect("an attempt without a refusal returns its port"))
}

/// Where each host listens when the port is `port`.
pub(crate) fn addresses(port: u16) -> [SocketAddr; 6] {
    HOSTS.map(|(_, address)| SocketAddr::from((address, port)))
}
