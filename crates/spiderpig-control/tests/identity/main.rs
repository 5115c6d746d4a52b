//! People on a real file: sessions and how they end, codes and who guesses them, and what a damaged or older file does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod authenticator;
mod codes;
mod guessing;
mod kept;
mod passkeys;
mod place;
mod sessions;
