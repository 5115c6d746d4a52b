//! How a new image tag is committed and published.

use crate::reader::Item;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a new image tag is committed and published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BumpPolicy {
    pub push: Push,
    /// A remote of the checkout.
    pub remote: String,
    /// Absent for the branch that is checked out.
    pub branch: Option<String>,
    /// `NAME <MAIL>`, in which `{person}` stands for who bumps; absent for the person on this host.
    pub author: Option<String>,
    /// In which `{service}`, `{tag}` and `{previous}` are replaced.
    pub message: String,
}

/// Where the commit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// To the branch of the remote.
    Branch,
    /// To Gerrit, for review.
    Review,
    /// Nowhere: it is made in the checkout itself.
    None,
}

pub(crate) const KEYS: &[&str] = &["push", "remote", "branch", "author", "message"];
/// What a branch may be called: nothing that git reads as an option, a range or another place.
pub(crate) const BRANCH: &str = "^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*$";
const PUSHES: &[(&str, Push)] = &[
    ("branch", Push::Branch),
    ("review", Push::Review),
    ("none", Push::None),
];

pub(super) fn read(item: &Item<'_>) -> Option<BumpPolicy> {
    let default = BumpPolicy::default();
    let fields = item.fields(KEYS)?;
    let push = fields.or("push", default.push, |item| item.choice(PUSHES));
    let remote = fields.or("remote", default.remote, remote);
    let branch = fields.optional("branch", branch);
    let author = fields.optional("author", author);
    let message = fields.or("message", default.message, Item::owned_text);
    Some(BumpPolicy {
        push: push?,
        remote: remote?,
        branch: branch?,
        author: author?,
        message: message?,
    })
}

/// A remote's name is a name as any other.
fn remote(item: &Item<'_>) -> Option<String> {
    item.parsed::<crate::ServiceName>().map(String::from)
}

fn branch(item: &Item<'_>) -> Option<String> {
    let text = item.owned_text()?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    if !text.starts_with('-') && text.split(['.', '/']).all(is_word) {
        return Some(text);
    }
    item.refuse("must be a branch: letters, digits and `-_` in words with `/` or `.` between them");
    None
}

fn author(item: &Item<'_>) -> Option<String> {
    let text = item.owned_text()?;
    let parts = text
        .strip_suffix('>')
        .and_then(|text| text.split_once(" <"));
    let is_one = |(name, mail): (&str, &str)| {
        !name.trim().is_empty()
            && !mail.is_empty()
            && !name.contains(['<', '>'])
            && !mail.contains(['<', '>', ' '])
    };
    if parts.is_some_and(is_one) {
        return Some(text);
    }
    item.refuse("must be a name and a mail address: `NAME <MAIL>`");
    None
}

impl Default for BumpPolicy {
    fn default() -> Self {
        Self {
            push: Push::None,
            remote: "origin".to_owned(),
            branch: None,
            author: None,
            message: "{service}: bump to {tag}".to_owned(),
        }
    }
}
