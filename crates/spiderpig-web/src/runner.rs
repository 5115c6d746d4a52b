//! The way to the runner: a connection for each question, and no question twice.

use crate::Limits;
use crate::site::misunderstood;
use futures::StreamExt as _;
use serde_json::Value;
use spiderpig_protocol::wire::{self, WireError};
use spiderpig_protocol::{Ask, Line, Problem, ProblemKind, Question, Reply};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{BufReader, ReadHalf, WriteHalf};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

/// One thing that the runner tells is no longer than this, in bytes.
const LONGEST_TOLD: usize = 16 * 1024 * 1024;

pub(crate) struct Runner {
    socket: PathBuf,
    connect: Duration,
    answer: Duration,
    stall: Duration,
}

/// A connection that carries asks to the runner, and what it tells back.
pub(crate) struct Following {
    told: FramedRead<BufReader<ReadHalf<UnixStream>>, LinesCodec>,
    asks: WriteHalf<UnixStream>,
    stall: Duration,
}

impl Runner {
    pub(crate) fn new(socket: PathBuf, limits: &Limits) -> Self {
        Self {
            socket,
            connect: limits.connect,
            answer: limits.answer,
            stall: limits.stall,
        }
    }

    pub(crate) async fn is_there(&self) -> Result<(), Problem> {
        self.connect().await.map(drop)
    }

    pub(crate) async fn ask(&self, question: &Question) -> Result<Value, Problem> {
        let mut line = Line::new(self.connect().await?);
        self.put(&mut line, question).await
    }

    pub(crate) async fn follow(&self, question: &Question) -> Result<Following, Problem> {
        let mut line = Line::new(self.connect().await?);
        self.put(&mut line, question).await?;
        let (reader, asks) = line.into_parts();
        let codec = LinesCodec::new_with_max_length(LONGEST_TOLD);
        Ok(Following {
            told: FramedRead::new(reader, codec),
            asks,
            stall: self.stall,
        })
    }

    async fn connect(&self) -> Result<UnixStream, Problem> {
        match timeout(self.connect, UnixStream::connect(&self.socket)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(unreachable(&error.kind().to_string())),
            Err(_) => Err(unreachable("it does not accept connections")),
        }
    }

    async fn put(
        &self,
        line: &mut Line<UnixStream>,
        question: &Question,
    ) -> Result<Value, Problem> {
        let exchange = async {
            line.write(question).await?;
            line.read_long().await
        };
        match timeout(self.answer, exchange).await {
            Ok(Ok(Some(Reply::Answer(answer)))) => Ok(answer),
            Ok(Ok(Some(Reply::Problem(problem)))) => Err(problem),
            Ok(Err(WireError::Unreadable(_))) => Err(misunderstood()),
            Ok(Ok(None) | Err(_)) | Err(_) => Err(unanswered()),
        }
    }
}

impl Following {
    /// The next thing that the runner tells, as it wrote it; nothing when it has closed. Can be given up and asked again.
    pub(crate) async fn told(&mut self) -> Option<Result<String, LinesCodecError>> {
        self.told.next().await
    }

    /// What a connection begins with where no page speaks for itself.
    pub(crate) async fn begin(&mut self, asks: &[Ask]) -> Result<(), Problem> {
        for ask in asks {
            self.ask(ask).await.map_err(|_| unanswered())?;
        }
        Ok(())
    }

    pub(crate) async fn ask(&mut self, ask: &Ask) -> Result<(), WireError> {
        let write = wire::write(&mut self.asks, ask);
        let stalled = |_| WireError::Broken(io::ErrorKind::TimedOut.into());
        timeout(self.stall, write).await.map_err(stalled)?
    }
}

fn unreachable(cause: &str) -> Problem {
    let message = "the runner does not answer the web process";
    let mut problem = Problem::new(ProblemKind::Unavailable, message)
        .hint("`systemctl status scap-runner` on the deploy host")
        .hint("running deployments go on when it is back");
    problem.causes.push(format!("`web.sock`: {cause}"));
    problem
}

/// Whether it was done is not known, so it is not asked again.
fn unanswered() -> Problem {
    let message = "the runner took the question and did not answer it";
    Problem::new(ProblemKind::Unavailable, message)
        .hint("it may have been done nevertheless: look before you ask again")
        .hint("`systemctl status scap-runner` on the deploy host")
        .hint("running deployments go on when it is back")
}
