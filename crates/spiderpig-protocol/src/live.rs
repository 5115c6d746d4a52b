//! What crosses a live connection: whole documents whenever they change, and lines of terminals.

use crate::Document;
use scap_run::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// From the page. A connection begins with `Hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// With what only a page of ours knows: the `live_token` of the document `me`.
    Hello {
        token: Option<String>,
    },
    Document {
        path: Document,
    },
    Leave {
        path: Document,
    },
    /// Lines of a run's terminal from number `from` on, counted from 0.
    Lines {
        run: RunId,
        from: u64,
    },
    LeaveLines {
        run: RunId,
    },
}

/// From the runner.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tell", rename_all = "snake_case")]
pub enum Told {
    Hello,
    /// The whole document, in place of the one before.
    Document {
        path: Document,
        #[schemars(with = "serde_json::Value")]
        body: Box<RawValue>,
    },
    Lines {
        run: RunId,
        from: u64,
        lines: Vec<String>,
    },
    /// Nothing new, every 15 s.
    Beat,
    /// Signed out, banned: do not come back.
    Goodbye {
        why: String,
    },
}
