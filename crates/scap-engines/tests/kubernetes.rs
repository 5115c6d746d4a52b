//! The Kubernetes engine: against an API server of our own with helm and helmfile as scripts, and, when asked for by
//! `dev/run cargo test -p scap-engines --test kubernetes -- --ignored`, against real ones.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "kubernetes/api.rs"]
mod api;
#[path = "kubernetes/cluster.rs"]
mod cluster;
#[path = "kubernetes/faked.rs"]
mod faked;
#[path = "kubernetes/many.rs"]
mod many;
#[path = "kubernetes/needs.rs"]
mod needs;
#[path = "kubernetes/place.rs"]
mod place;
#[path = "kubernetes/rendered.rs"]
mod rendered;
#[path = "kubernetes/secrets.rs"]
mod secrets;
#[path = "kubernetes/waiting.rs"]
mod waiting;
