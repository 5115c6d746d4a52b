//! scap on real parts: Kubernetes control planes with kwok's nodes and pods, helm and helmfile.
//!
//! Run by `make e2e`, which brings the parts up (dev/README.md); plain `cargo test` leaves these out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bumping;
mod canary;
mod citoid;
mod faults;
mod kills;
mod needs;
mod outages;
mod place;
mod secrets;
mod shellbox;
mod small_service;
mod stateful;
mod synthetic;
mod team_tests;
