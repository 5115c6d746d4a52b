//! Connections that stay: what the runner tells goes to the browser as it is, what the browser asks is read first.

pub(crate) mod events;
mod place;
mod seats;
pub(crate) mod socket;

pub(crate) use place::Place;
pub(crate) use seats::{Seat, Seats};

use spiderpig_protocol::Told;

/// What ends a connection that the runner does not want.
fn goodbye(why: &str) -> String {
    let told = Told::Goodbye {
        why: why.to_owned(),
    };
    serde_json::to_string(&told).expect("a text is JSON")
}
