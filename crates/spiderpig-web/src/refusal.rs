//! A problem as HTTP has it: a status, and JSON that says what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use spiderpig_protocol::{Problem, ProblemKind};

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    pub(crate) problem: Box<Problem>,
}

/// Stands in the extensions of an answer after which the browser's session cookie is worth nothing.
#[derive(Clone, Copy)]
pub(crate) struct SignedOut;

impl Refusal {
    /// What the browser sent makes no sense, or comes from elsewhere.
    pub(crate) fn of(status: StatusCode, message: &str) -> Self {
        let kind = match status {
            StatusCode::UNAUTHORIZED => ProblemKind::SignedOut,
            StatusCode::FORBIDDEN => ProblemKind::Forbidden,
            StatusCode::NOT_FOUND => ProblemKind::NotFound,
            StatusCode::SERVICE_UNAVAILABLE => ProblemKind::Unavailable,
            StatusCode::INTERNAL_SERVER_ERROR => ProblemKind::Defect,
            _ => ProblemKind::Invalid,
        };
        let problem = Box::new(Problem::new(kind, message));
        Self { status, problem }
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::of(StatusCode::BAD_REQUEST, message)
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.problem.hints.push(hint.to_owned());
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn is_signed_out(&self) -> bool {
        self.problem.kind == ProblemKind::SignedOut
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.kind.status());
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            problem: Box::new(problem),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&*self.problem)).into_response();
        if self.is_signed_out() {
            response.extensions_mut().insert(SignedOut);
        }
        response
    }
}
