//! A WebSocket: asks one way, whatever the runner tells the other way.

use super::{Seat, goodbye};
use crate::Limits;
use crate::api::LONGEST;
use crate::client::Asker;
use crate::refusal::{Refusal, SignedOut};
use crate::runner::Following;
use crate::site::Site;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use spiderpig_protocol::{Ask, ProblemKind};
use std::sync::Arc;
use tokio::time::{Instant, interval_at, timeout};
use tokio_util::sync::CancellationToken;

/// What a page asks is a line or two. As much is set to zero for each look at what has come, so it is what a socket costs most by.
const READ_AT_ONCE: usize = 4 * 1024;
/// So many pings without a sign of life are enough.
const PINGS: u32 = 3;

/// One browser's connection, and the one to the runner that belongs to it.
struct Live {
    socket: WebSocket,
    following: Following,
    limits: Limits,
    closing: CancellationToken,
    _seat: Seat,
}

/// Why a connection is over: what the browser is told.
type Over = (u16, &'static str);

pub(crate) async fn open(
    State(site): State<Arc<Site>>,
    asker: Asker,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = upgrade.map_err(|_| Refusal::invalid("this is for a WebSocket"))?;
    let upgrade = upgrade
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST);
    let seat = site.seats.take(asker.token.as_deref())?;
    let following = match site.follow(asker).await {
        Ok(following) => following,
        Err(problem) if problem.kind == ProblemKind::SignedOut => {
            return Ok(dismiss(upgrade, problem.message, site.limits));
        }
        Err(problem) => return Err(problem.into()),
    };
    let limits = site.limits;
    let closing = site.closing.clone();
    Ok(upgrade.on_upgrade(move |socket| {
        let live = Live {
            socket,
            following,
            limits,
            closing,
            _seat: seat,
        };
        live.carry()
    }))
}

/// A browser does not tell a page why a connection was refused: it is made, to say so.
fn dismiss(upgrade: WebSocketUpgrade, why: String, limits: Limits) -> Response {
    let mut response = upgrade.on_upgrade(move |mut socket| async move {
        let said = socket.send(Message::text(goodbye(&why)));
        let _ = timeout(limits.stall, said).await;
        let _ = timeout(limits.stall, socket.send(Message::Close(None))).await;
    });
    response.extensions_mut().insert(SignedOut);
    response
}

impl Live {
    /// What waits to be sent is one message at the most: as long as it waits, nothing more is read from the runner.
    async fn carry(mut self) {
        let mut pings = interval_at(Instant::now() + self.limits.ping, self.limits.ping);
        let mut unanswered = 0;
        let over = loop {
            let closing = self.closing.clone();
            let carried = tokio::select! {
                () = closing.cancelled() => Err((close_code::AWAY, "the server closes")),
                told = self.following.told() => match told {
                    Some(Ok(line)) => self.send(Message::text(line)).await,
                    Some(Err(_)) => Err((close_code::ERROR, "the runner cannot be understood")),
                    None => Err((close_code::NORMAL, "the runner has ended it")),
                },
                heard = self.socket.recv() => {
                    unanswered = 0;
                    self.hear(heard).await
                }
                _ = pings.tick() => {
                    unanswered += 1;
                    if unanswered > PINGS {
                        return;
                    }
                    self.send(Message::Ping(Vec::new().into())).await
                }
            };
            if let Err(over) = carried {
                break over;
            }
        };
        self.close(over).await;
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        match heard {
            Some(Ok(Message::Text(text))) => {
                let ask: Ask = serde_json::from_str(&text)
                    .map_err(|_| (close_code::POLICY, "that is nothing to ask"))?;
                let asked = self.following.ask(&ask).await;
                asked.map_err(|_| (close_code::AGAIN, "the runner has ended it"))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err((close_code::UNSUPPORTED, "only text is taken")),
            Some(Err(_)) => Err((close_code::POLICY, "that cannot be read")),
            Some(Ok(Message::Close(_))) | None => Err((close_code::NORMAL, "")),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        match timeout(self.limits.stall, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err((close_code::AGAIN, "nothing is read")),
        }
    }

    async fn close(mut self, (code, reason): Over) {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        let _ = self.send(Message::Close(Some(frame))).await;
    }
}
