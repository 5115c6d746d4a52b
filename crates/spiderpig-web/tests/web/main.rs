//! A real server, browsers of all kinds before it, and a runner behind it that writes down what it is asked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acts;
mod browser;
mod documents;
mod forgery;
mod house;
mod limits;
mod live;
mod page;
mod runner;
mod sign_in;
