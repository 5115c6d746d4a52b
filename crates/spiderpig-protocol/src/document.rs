//! The documents that a page shows, by the paths that the page has for them.

use scap_plan::ServiceName;
use scap_run::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use url::form_urlencoded::{Serializer, parse};

/// Searches are no longer than this, in characters.
const LONGEST_SEARCH: usize = 200;

/// One document. Its path is what stands after `/api/`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub enum Document {
    Me,
    Home,
    Admin,
    Run(RunId),
    Runs {
        search: String,
        /// Only older ones.
        before: Option<RunId>,
    },
    Service(ServiceName),
    /// What can be deployed.
    Services {
        search: String,
    },
    Audit {
        search: String,
        /// Only older entries.
        before: Option<u64>,
    },
}

/// Why a path is none of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("there is no such document")]
    Unknown,
    #[error("`{0}` is no part of this document's path")]
    Query(String),
    #[error("a search has {LONGEST_SEARCH} characters at the most")]
    LongSearch,
}

/// What may stand behind the question mark.
#[derive(Default)]
struct Query {
    search: Option<String>,
    before: Option<u64>,
}

impl Document {
    /// No other path is that of a document.
    pub const PATHS: [&str; 8] = [
        "me",
        "home",
        "admin",
        "runs",
        "runs/{run}",
        "services",
        "services/{service}",
        "audit",
    ];
}

impl FromStr for Document {
    type Err = DocumentError;

    fn from_str(path: &str) -> Result<Self, DocumentError> {
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let query = Query::read(query)?;
        let path = Self::PATHS.iter().find(|path| leads_to(path, name));
        let path = path.ok_or(DocumentError::Unknown)?;
        let last = name.rsplit('/').next().unwrap_or_default();
        let document = match *path {
            "runs" => Self::Runs {
                search: query.search.clone().unwrap_or_default(),
                before: query.before.map(run_id).transpose()?,
            },
            "services" => Self::Services {
                search: query.search.clone().unwrap_or_default(),
            },
            "audit" => Self::Audit {
                search: query.search.clone().unwrap_or_default(),
                before: query.before,
            },
            "me" => Self::Me,
            "home" => Self::Home,
            "admin" => Self::Admin,
            "runs/{run}" => {
                let run = last.parse().map_err(|_| DocumentError::Unknown)?;
                Self::Run(run_id(run)?)
            }
            "services/{service}" => {
                let service = ServiceName::new(last);
                Self::Service(service.map_err(|_| DocumentError::Unknown)?)
            }
            _ => return Err(DocumentError::Unknown),
        };
        document.takes(&query)?;
        Ok(document)
    }
}

/// Whether they are alike but for what the path leaves open at its end.
fn leads_to(path: &str, name: &str) -> bool {
    match (path.rsplit_once('/'), name.rsplit_once('/')) {
        (Some((folder, _)), Some((named, _))) => folder == named,
        _ => path == name,
    }
}

impl Query {
    fn read(text: &str) -> Result<Self, DocumentError> {
        let mut query = Self::default();
        for (key, value) in parse(text.as_bytes()) {
            let refused = || DocumentError::Query(key.to_string());
            match &*key {
                "search" if value.chars().count() > LONGEST_SEARCH => {
                    return Err(DocumentError::LongSearch);
                }
                "search" => query.search = Some(value.into_owned()),
                "before" => query.before = Some(value.parse().map_err(|_| refused())?),
                _ => return Err(refused()),
            }
        }
        Ok(query)
    }
}

impl Document {
    fn takes(&self, query: &Query) -> Result<(), DocumentError> {
        let is_list = matches!(
            self,
            Self::Runs { .. } | Self::Services { .. } | Self::Audit { .. }
        );
        let has_before = matches!(self, Self::Runs { .. } | Self::Audit { .. });
        match query {
            Query {
                search: Some(_), ..
            } if !is_list => Err(DocumentError::Query("search".to_owned())),
            Query {
                before: Some(_), ..
            } if !has_before => Err(DocumentError::Query("before".to_owned())),
            _ => Ok(()),
        }
    }
}

fn run_id(number: u64) -> Result<RunId, DocumentError> {
    let number = i64::try_from(number).map_err(|_| DocumentError::Unknown)?;
    Ok(RunId(number))
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |f: &mut fmt::Formatter<'_>, name: &str, search: &str, before: Option<String>| {
                let mut query = Serializer::new(String::new());
                if !search.is_empty() {
                    query.append_pair("search", search);
                }
                if let Some(before) = before {
                    query.append_pair("before", &before);
                }
                match query.finish() {
                    query if query.is_empty() => f.write_str(name),
                    query => write!(f, "{name}?{query}"),
                }
            };
        match self {
            Self::Me => f.write_str("me"),
            Self::Home => f.write_str("home"),
            Self::Admin => f.write_str("admin"),
            Self::Run(run) => write!(f, "runs/{run}"),
            Self::Service(service) => write!(f, "services/{service}"),
            Self::Services { search } => list(f, "services", search, None),
            Self::Runs { search, before } => {
                list(f, "runs", search, before.map(|it| it.to_string()))
            }
            Self::Audit { search, before } => {
                list(f, "audit", search, before.map(|it| it.to_string()))
            }
        }
    }
}

impl TryFrom<String> for Document {
    type Error = DocumentError;

    fn try_from(path: String) -> Result<Self, DocumentError> {
        path.parse()
    }
}

impl From<Document> for String {
    fn from(document: Document) -> Self {
        document.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_has_one_path() {
        for path in [
            "me",
            "home",
            "admin",
            "runs",
            "runs/7",
            "runs?search=shop+ada&before=12",
            "runs?before=12",
            "services/shop",
            "services?search=sho%26p",
            "audit",
            "audit?search=%D7%A9&before=40",
        ] {
            assert_eq!(path.parse::<Document>().unwrap().to_string(), path);
        }
    }

    #[test]
    fn what_is_no_path_of_a_document_is_refused() {
        for (path, why) in [
            ("", "there is no such document"),
            ("runs/", "there is no such document"),
            ("runs/-1", "there is no such document"),
            ("runs/7/log", "there is no such document"),
            ("runs/18446744073709551615", "there is no such document"),
            ("services/../me", "there is no such document"),
            (
                "home?search=x",
                "`search` is no part of this document's path",
            ),
            (
                "services?before=3",
                "`before` is no part of this document's path",
            ),
            (
                "runs?before=x",
                "`before` is no part of this document's path",
            ),
            ("runs?run=7", "`run` is no part of this document's path"),
        ] {
            assert_eq!(
                path.parse::<Document>().unwrap_err().to_string(),
                why,
                "{path}"
            );
        }
        let long = format!("runs?search={}", "x".repeat(201));
        assert_eq!(long.parse::<Document>(), Err(DocumentError::LongSearch));
    }

    #[test]
    fn hostile_paths_are_read_or_refused() {
        let good = [
            "runs?search=shop&before=12",
            "services/shop",
            "audit?search=%41",
        ];
        scap_hostile::hostile_text("paths of documents", &good, |path| {
            if let Ok(document) = path.parse::<Document>() {
                let again = document.to_string().parse::<Document>();
                assert_eq!(again, Ok(document));
            }
        });
    }
}
