//! What a run's terminal shows, as a file to keep.

use crate::client::Asker;
use crate::live::{Place, Seat};
use crate::refusal::Refusal;
use crate::runner::Following;
use crate::site::Site;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::Value;
use spiderpig_protocol::{Ask, Told, Verb};
use std::io;
use std::sync::Arc;

/// The lines that have crossed, and those that are to.
struct Download {
    following: Following,
    next: u64,
    end: u64,
    _seat: Seat,
}

/// All lines that there are at the moment; whoever gets fewer sees the download fail.
pub(super) async fn download(
    State(site): State<Arc<Site>>,
    Path(run): Path<String>,
    asker: Asker,
) -> Result<Response, Refusal> {
    let place = Place::of(&run, 0).ok_or_else(|| Refusal::invalid("a run has a number"))?;
    let seat = site.seats.take(asker.token.as_deref())?;
    let name = place.document.to_string().replacen("runs/", "run-", 1);
    let read = Verb::Read {
        document: place.document,
    };
    let shown: Value = site.ask(asker.clone(), read).await?;
    let end = shown.get("lines").and_then(Value::as_u64).unwrap_or(0);
    let mut following = site.follow(asker).await?;
    let asks = [Ask::Hello { token: None }, place.ask];
    following.begin(&asks).await?;
    let download = Download {
        following,
        next: 0,
        end,
        _seat: seat,
    };
    let name = format!("attachment; filename=\"{name}.txt\"");
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((
        headers,
        Body::from_stream(stream::try_unfold(download, more)),
    )
        .into_response())
}

async fn more(mut download: Download) -> io::Result<Option<(Bytes, Download)>> {
    while download.next < download.end {
        match download.following.told().await {
            Some(Ok(line)) => match serde_json::from_str(&line) {
                Ok(Told::Lines { from, lines, .. }) if !lines.is_empty() => {
                    let text = download.take(from, &lines)?;
                    return Ok(Some((text, download)));
                }
                // All that there is was told, if it is fewer than was said.
                Ok(Told::Beat) => break,
                Ok(Told::Goodbye { .. }) | Err(_) => return Err(broken()),
                Ok(_) => {}
            },
            Some(Err(_)) | None => return Err(broken()),
        }
    }
    Ok(None)
}

impl Download {
    /// Lines follow each other; what crossed before is left out.
    fn take(&mut self, from: u64, lines: &[String]) -> io::Result<Bytes> {
        if from > self.next {
            return Err(broken());
        }
        let before = usize::try_from(self.next - from).unwrap_or(usize::MAX);
        let mut text = String::new();
        for line in lines.iter().skip(before) {
            text.push_str(line);
            text.push('\n');
            self.next += 1;
        }
        Ok(text.into())
    }
}

fn broken() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}
