//! One live connection.

use super::shared::Text;
use crate::clock::now;
use crate::runner::terminals::Terminal;
use crate::spiderpig::Porter;
use crate::spiderpig::visitor::{Visitor, signed_out};
use scap_run::RunId;
use serde::Serialize;
use spiderpig_control::{Asker, SessionEnd};
use spiderpig_protocol::{Ask, Document, Line, Problem, Question, Reply, Told, wire};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader, ReadHalf, WriteHalf};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

/// Messages that wait for a slow viewer; what makes them waits as well.
const WAITING: usize = 16;
/// Documents and terminals that one connection follows, at most.
const MOST: usize = 50;
/// Lines that come within so short a time go together: a program's output is taken in line by line.
const TOGETHER: Duration = Duration::from_millis(4);
/// Between two messages with lines: what several programs print meanwhile goes together. Less than a program's output is looked at,
/// so that what one alone prints never waits.
const PAUSE: Duration = Duration::from_millis(20);
const BEAT: Duration = Duration::from_secs(15);
/// How long a viewer may take to read what waits for them at the end.
const FAREWELL: Duration = Duration::from_secs(1);
/// What ends by its time is looked at so often.
const ENDS: Duration = Duration::from_millis(500);

/// What is followed, so that it can be left.
struct Followed {
    sender: mpsc::Sender<Text>,
    documents: BTreeMap<Document, AbortHandle>,
    lines: BTreeMap<RunId, AbortHandle>,
    tasks: JoinSet<()>,
}

/// Answers until either end has enough, or the session is over.
pub(in crate::spiderpig) async fn serve(
    porter: Arc<Porter>,
    question: Question,
    mut line: Line<UnixStream>,
) {
    let visitor = porter
        .visitor(question.token.as_deref(), question.client)
        .await;
    let reply = match &visitor {
        Ok(_) => Reply::Answer(serde_json::Value::Null),
        Err(problem) => Reply::Problem(problem.clone()),
    };
    let (Ok(()), Ok(visitor)) = (line.write(&reply).await, visitor) else {
        return;
    };
    let (reader, writer) = line.into_parts();
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut writing = tokio::spawn(write(receiver, writer));
    let followed = Followed {
        sender: sender.clone(),
        documents: BTreeMap::new(),
        lines: BTreeMap::new(),
        tasks: JoinSet::new(),
    };
    if let Some(why) = converse(&porter, visitor, reader, followed).await {
        // Nobody waits for a viewer who does not read it.
        let _ = sender.try_send(text(&Told::Goodbye { why }));
    }
    drop(sender);
    if tokio::time::timeout(FAREWELL, &mut writing).await.is_err() {
        writing.abort();
    }
}

/// Why the viewer is sent away, if that is the end of it.
async fn converse(
    porter: &Arc<Porter>,
    mut visitor: Visitor,
    mut reader: BufReader<ReadHalf<UnixStream>>,
    mut followed: Followed,
) -> Option<String> {
    let (mut ended, mut beats, mut ends) = (
        porter.identity.watch(),
        tokio::time::interval_at(Instant::now() + BEAT, BEAT),
        tokio::time::interval(ENDS),
    );
    // A runner that is behind looks once, not once for each look that it missed: hundreds of viewers would keep it behind.
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ends.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (asks, mut heard) = mpsc::channel(WAITING);
    followed.tasks.spawn(async move {
        while let Ok(Some(ask)) = wire::read::<Ask>(&mut reader).await {
            if asks.send(ask).await.is_err() {
                return;
            }
        }
    });
    if !is_greeted(&visitor, heard.recv().await?) {
        return Some("this page is not ours".to_owned());
    }
    followed.sender.send(text(&Told::Hello)).await.ok()?;
    let mut policy = porter.policy().ok()?;
    loop {
        tokio::select! {
            ask = heard.recv() => porter.take(&visitor, &mut followed, ask?),
            _ = beats.tick() => followed.sender.send(text(&Told::Beat)).await.ok()?,
            () = porter.closing.cancelled() => return None,
            _ = ended.changed() => {}
            _ = ends.tick() => {}
        }
        match porter.still(&visitor).await {
            Err(problem) => return Some(problem.message),
            Ok(asker) => {
                // Without a policy nobody may see anything.
                let newest = porter.policy().ok()?;
                if asker != visitor.asker || !Arc::ptr_eq(&newest, &policy) {
                    (visitor.asker, policy) = (asker, newest);
                    porter.follow_anew(&visitor, &mut followed);
                }
            }
        }
    }
}

/// A connection begins with what only a page of ours can have read, or with nothing where the browser vouches for the page.
fn is_greeted(visitor: &Visitor, ask: Ask) -> bool {
    match ask {
        Ask::Hello { token } => token.is_none_or(|token| token == visitor.session.to_string()),
        _ => false,
    }
}

impl Porter {
    /// Who it is by now.
    async fn still(&self, visitor: &Visitor) -> Result<Asker, Problem> {
        let session = self.identity.still(&visitor.session, now());
        // What cannot be looked up is not shown any longer.
        let session = session.unwrap_or(Err(SessionEnd::Unknown));
        let session = session.and_then(spiderpig_control::Session::whole);
        let session = session.map_err(signed_out)?;
        self.asker(&session).await
    }

    fn take(self: &Arc<Self>, visitor: &Visitor, followed: &mut Followed, ask: Ask) {
        let is_full = followed.documents.len() + followed.lines.len() >= MOST;
        match ask {
            Ask::Document { path } if !is_full => self.follow_document(visitor, followed, path),
            Ask::Lines { run, from } if !is_full => self.follow_lines(visitor, followed, run, from),
            Ask::Leave { path } => followed.leave_document(&path),
            Ask::LeaveLines { run } => followed.leave_lines(run),
            Ask::Hello { .. } | Ask::Document { .. } | Ask::Lines { .. } => {}
        }
    }

    fn follow_document(
        self: &Arc<Self>,
        visitor: &Visitor,
        followed: &mut Followed,
        document: Document,
    ) {
        followed.leave_document(&document);
        let receiver = self.follow((&visitor.asker, &visitor.session), &document);
        let task = tell_document(receiver, followed.sender.clone());
        let task = followed.tasks.spawn(task);
        followed.documents.insert(document, task);
    }

    fn follow_lines(
        self: &Arc<Self>,
        visitor: &Visitor,
        followed: &mut Followed,
        run: RunId,
        from: u64,
    ) {
        followed.leave_lines(run);
        if !self.may_see_run(&visitor.asker, run) {
            return;
        }
        let Ok(terminal) = self.desk.terminals.open(run) else {
            return;
        };
        let task = tell_lines(from, terminal, followed.sender.clone());
        let task = followed.tasks.spawn(task);
        followed.lines.insert(run, task);
    }

    /// Somebody is in other groups than before, or the policy is another: what they may see no more is shown no more.
    fn follow_anew(self: &Arc<Self>, visitor: &Visitor, followed: &mut Followed) {
        let documents: Vec<Document> = followed.documents.keys().cloned().collect();
        for document in documents {
            self.follow_document(visitor, followed, document);
        }
        let runs: Vec<RunId> = followed.lines.keys().copied().collect();
        for run in runs
            .into_iter()
            .filter(|run| !self.may_see_run(&visitor.asker, *run))
        {
            followed.leave_lines(run);
        }
    }

    fn may_see_run(&self, asker: &Asker, run: RunId) -> bool {
        let state = self.board.state(&self.desk.journal, run);
        state.is_ok_and(|state| self.may_see(asker, &state.plan.service).is_ok())
    }
}

impl Followed {
    fn leave_document(&mut self, document: &Document) {
        if let Some(task) = self.documents.remove(document) {
            task.abort();
        }
    }

    fn leave_lines(&mut self, run: RunId) {
        if let Some(task) = self.lines.remove(&run) {
            task.abort();
        }
    }
}

async fn tell_document(mut document: watch::Receiver<Option<Text>>, sender: mpsc::Sender<Text>) {
    document.mark_changed();
    while document.changed().await.is_ok() {
        let newest = document.borrow_and_update().clone();
        if let Some(newest) = newest
            && sender.send(newest).await.is_err()
        {
            return;
        }
    }
}

async fn tell_lines(mut from: u64, terminal: Arc<Terminal>, sender: mpsc::Sender<Text>) {
    let (mut there, mut told) = (terminal.lines(), None);
    loop {
        there.mark_unchanged();
        let Ok(piece) = terminal.piece(from) else {
            return;
        };
        if let Some(piece) = piece {
            if sender.send(piece.text).await.is_err() {
                return;
            }
            (from, told) = (piece.next, Some(Instant::now()));
            continue;
        }
        if there.changed().await.is_err() {
            return;
        }
        let together = Instant::now() + TOGETHER;
        let until = told.map_or(together, |told| together.max(told + PAUSE));
        tokio::time::sleep_until(until).await;
    }
}

async fn write(mut texts: mpsc::Receiver<Text>, mut writer: WriteHalf<UnixStream>) {
    while let Some(text) = texts.recv().await {
        if writer.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn text(told: &impl Serialize) -> Text {
    let text = serde_json::to_string(told).expect("what is told has string keys only");
    format!("{text}\n").into()
}
