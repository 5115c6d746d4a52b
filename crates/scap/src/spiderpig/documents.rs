//! What pages show, as documents: read once, or again whenever something has changed.

mod admin;
mod approvals;
mod audit;
mod board;
mod checks;
mod home;
mod lines;
mod me;
mod plan;
mod ready;
mod run;
mod runs;
mod service;
mod usual;

use super::Porter;
use super::api::Shapes;
use super::visitor::Visitor;
use crate::trouble::Trouble;
pub(super) use board::Board;
pub(super) use plan::PlanDocument;
use scap_journal::JournalError;
use schemars::Schema;
use serde::Serialize;
use serde_json::Value;
use spiderpig_control::{Asker, SessionId};
use spiderpig_protocol::{Client, Document, Problem, ProblemKind};

/// Who looks. What two see alike is made once.
pub(super) struct Viewer<'a> {
    pub(super) asker: &'a Asker,
    pub(super) session: &'a SessionId,
}

impl Visitor {
    pub(super) fn viewer(&self) -> Viewer<'_> {
        Viewer {
            asker: &self.asker,
            session: &self.session,
        }
    }
}

impl Porter {
    /// Reads a document once.
    pub(super) async fn read(
        &self,
        token: Option<&str>,
        document: Document,
    ) -> Result<Value, Problem> {
        let nobody = Client {
            address: None,
            device: String::new(),
        };
        match document {
            // Also whoever is not signed in is told so.
            Document::Me => Ok(body(self.me(token).await?)),
            Document::Service(service) => {
                let visitor = self.visitor(token, nobody).await?;
                Ok(body(self.service(&visitor.asker, &service).await?))
            }
            document => {
                let visitor = self.visitor(token, nobody).await?;
                self.show(&visitor.viewer(), &document)
            }
        }
    }

    /// A document that needs no look at the world outside.
    pub(super) fn show(&self, viewer: &Viewer<'_>, document: &Document) -> Result<Value, Problem> {
        match document {
            Document::Home => Ok(body(self.home(viewer.asker)?)),
            Document::Admin => Ok(body(self.admin(viewer)?)),
            Document::Run(run) => Ok(body(self.run(viewer.asker, *run)?)),
            Document::Runs { search, before } => {
                Ok(body(self.runs(viewer.asker, search, *before)?))
            }
            Document::Services { search } => Ok(body(self.services(viewer.asker, search)?)),
            Document::Audit { search, before } => {
                Ok(body(self.audit_entries(viewer.asker, search, *before)?))
            }
            Document::Me | Document::Service(_) => Err(Problem::new(
                ProblemKind::Invalid,
                "this document is not followed",
            )),
        }
    }
}

/// In a sentence, and as a shape.
pub(super) fn shape(document: &Document, shapes: &mut Shapes) -> (&'static str, Schema) {
    match document {
        Document::Me => (
            "Who looks, and what they may do at all.",
            shapes.told::<me::Me>(),
        ),
        Document::Home => (
            "What goes on, who waits, and whether anything is frozen.",
            shapes.told::<home::Home>(),
        ),
        Document::Admin => (
            "What admins look after: the freeze, locks, sessions, people.",
            shapes.told::<admin::Admin>(),
        ),
        Document::Run(_) => ("A run.", shapes.told::<run::RunDocument<'_>>()),
        Document::Runs { .. } => (
            "All runs, the newest first.",
            shapes.told::<runs::RunList>(),
        ),
        Document::Service(_) => (
            "What runs where of a service, and its last runs.",
            shapes.told::<service::ServiceDocument>(),
        ),
        Document::Services { .. } => (
            "What can be deployed.",
            shapes.told::<Vec<service::Found>>(),
        ),
        Document::Audit { .. } => (
            "Who did, saw, forced and approved what, the newest first.",
            shapes.told::<audit::AuditPage>(),
        ),
    }
}

pub(super) fn plan_shape(shapes: &mut Shapes) -> Schema {
    shapes.told::<plan::PlanDocument>()
}

pub(super) fn body(document: impl Serialize) -> Value {
    serde_json::to_value(document).expect("documents have string keys only")
}

/// A journal that cannot be read.
fn failed(error: JournalError) -> Problem {
    let mut problem = Trouble::from(error).problem();
    problem.kind = ProblemKind::Defect;
    problem
}
