//! The real binary on a deploy host of its own, with hosts of this machine and restart commands that a test holds or breaks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod against;
mod api;
#[path = "../../../spiderpig-control/tests/identity/authenticator.rs"]
mod authenticator;
mod bad_input;
mod bumping;
mod catalog;
#[path = "../../../scap-engines/tests/httpbb/certificate.rs"]
mod certificate;
mod deploying;
mod environment;
mod first_file;
mod interrupted;
mod journal;
mod json;
mod locks;
mod looking;
mod offline;
mod page;
mod passkeys;
mod people;
mod runner;
mod smoking;
mod spiderpig;
#[path = "../../../scap-engines/tests/httpbb/tls.rs"]
mod tls;
mod undoing;
mod unmasking;
