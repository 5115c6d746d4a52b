//! Signing in: by a real provider of `OpenID Connect`, by those that lie, and by CAS.

#![expect(
    clippy::disallowed_methods,
    reason = "a real provider is a program, and these tests run it"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod cas;
mod demo;
mod lies;
mod real;
mod settings;
mod stand_in;
