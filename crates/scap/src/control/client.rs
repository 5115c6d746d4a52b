//! The way to the runner: one connection for each question.

use super::socket::{PATH, Told};
use super::verb::Verb;
use crate::trouble::Trouble;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use scap_run::Failure;
use serde_json::Value;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::Instant;

/// How long a runner may be away, as while it is upgraded.
const PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(200);

/// Where a runner answers.
pub(crate) struct Line {
    socket: PathBuf,
}

/// Why there is no answer.
enum Silence {
    /// The question never arrived.
    Unheard(io::Error),
    /// Nobody knows what became of it.
    Broken(Box<dyn Error + Send + Sync>),
}

impl Line {
    /// Nothing where no runner answers.
    pub(super) async fn open(socket: &Path) -> Result<Option<Self>, Trouble> {
        match UnixStream::connect(socket).await {
            Ok(_) => Ok(Some(Self {
                socket: socket.to_owned(),
            })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Failure::failed(format!(
                "the runner on `{}` may not be asked",
                socket.display()
            ))
            .caused_by(&error)
            .hint("its group may: ask who looks after this host")
            .into()),
        }
    }

    /// A runner that is away is waited for. A question that changes something is never asked twice.
    pub(super) async fn ask(&self, verb: &Verb) -> Result<Value, Trouble> {
        let until = Instant::now() + PATIENCE;
        loop {
            let why = match self.try_to_ask(verb).await {
                Ok(Told::Answer(value)) => return Ok(value),
                Ok(Told::Trouble(told)) => return Err(Trouble::Told(told)),
                Err(why) => why,
            };
            let may_again = matches!(why, Silence::Unheard(_)) || verb.only_looks();
            if !may_again || Instant::now() >= until {
                return Err(why.trouble());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn try_to_ask(&self, verb: &Verb) -> Result<Told, Silence> {
        let stream = UnixStream::connect(&self.socket).await;
        let stream = stream.map_err(Silence::Unheard)?;
        self.converse(stream, verb).await.map_err(Silence::Broken)
    }

    async fn converse(
        &self,
        stream: UnixStream,
        verb: &Verb,
    ) -> Result<Told, Box<dyn Error + Send + Sync>> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::post(PATH)
            .header("host", "runner")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(verb)?)))?;
        let answer = async {
            let response = sender.send_request(request).await?;
            let is_understood = response.status().is_success();
            let body = response.into_body().collect().await?.to_bytes();
            if is_understood {
                return Ok(serde_json::from_slice(&body)?);
            }
            Err(String::from_utf8_lossy(&body).into_owned().into())
        };
        tokio::pin!(answer);
        tokio::select! {
            told = &mut answer => told,
            ended = connection => {
                ended?;
                answer.await
            }
        }
    }
}

impl Silence {
    fn trouble(self) -> Trouble {
        let failure = Failure::failed("the runner has gone away");
        match self {
            Self::Unheard(error) => failure
                .caused_by(&error)
                .hint("nothing was asked of it; what it carried out is taken up when it is back"),
            Self::Broken(error) => failure
                .caused_by(error.as_ref())
                .hint("`scap runs` shows whether it had begun what it was asked"),
        }
        .into()
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory
    )
}
