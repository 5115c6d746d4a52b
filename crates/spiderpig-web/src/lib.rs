//! In: HTTP and WebSocket of browsers, and the built page: a folder, or a part of the program.
//! Out: questions on web.sock, and what the runner answers them.
//! Never: a journal; a key; a secret but the token that a browser holds; a rule of who may do what.

mod api;
mod back;
mod client;
mod cookies;
mod guard;
mod headers;
mod limits;
mod live;
mod notice;
mod page;
mod refusal;
mod runner;
mod server;
mod settings;
mod site;

pub use limits::Limits;
pub use server::{serve, serve_within};
pub use settings::{Network, NetworkError, Origin, OriginError, Settings};

/// Whether the page is a part of this program.
pub const HAS_PAGE: bool = cfg!(feature = "embedded-page");
