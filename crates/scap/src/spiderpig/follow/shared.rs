//! Documents that several follow: each is made once for all who see the same of it, and again when something has changed.

use crate::spiderpig::Porter;
use crate::spiderpig::documents::Viewer;
use scap_plan::GroupName;
use serde_json::value::to_raw_value;
use spiderpig_control::{Asker, SessionId};
use spiderpig_protocol::{Document, Told};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A document as it crosses the socket.
pub(super) type Text = Arc<str>;

/// A document, and what of a person it depends on.
type Key = (Document, String);

/// Who follows what.
pub(in crate::spiderpig) struct Shared {
    changes: watch::Sender<u64>,
    followed: Mutex<BTreeMap<Key, watch::Receiver<Option<Text>>>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            changes: watch::Sender::new(0),
            followed: Mutex::default(),
        }
    }
}

impl Shared {
    /// Something may have changed.
    pub(in crate::spiderpig) fn look_again(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl Porter {
    /// The newest state of a document, from now on.
    pub(super) fn follow(
        self: &Arc<Self>,
        (asker, session): (&Asker, &SessionId),
        document: &Document,
    ) -> watch::Receiver<Option<Text>> {
        let key = (
            document.clone(),
            self.what_matters(asker, session, document),
        );
        let followed = &self.shared.followed;
        let mut followed = followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = followed.get(&key).filter(|it| it.has_changed().is_ok()) {
            return known.clone();
        }
        let (sender, receiver) = watch::channel(None);
        followed.insert(key.clone(), receiver.clone());
        let who = (asker.clone(), session.clone());
        tokio::spawn(keep(Arc::clone(self), who, key, sender));
        receiver
    }

    /// What of a person a document depends on.
    fn what_matters(&self, asker: &Asker, session: &SessionId, document: &Document) -> String {
        match document {
            Document::Run(run) => self.rights_word(asker, *run),
            Document::Admin => session.to_string(),
            _ => {
                let groups: Vec<&str> = asker.groups.iter().map(GroupName::as_str).collect();
                format!("{} {}", asker.name, groups.join(" "))
            }
        }
    }

    fn forget(&self, key: &Key) {
        let followed = &self.shared.followed;
        let mut followed = followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.remove(key);
    }
}

/// Makes the document again whenever something has changed, while anybody follows it.
async fn keep(
    porter: Arc<Porter>,
    (asker, session): (Asker, SessionId),
    key: Key,
    sender: watch::Sender<Option<Text>>,
) {
    let mut changes = porter.shared.changes.subscribe();
    loop {
        changes.mark_unchanged();
        let viewer = Viewer {
            asker: &asker,
            session: &session,
        };
        if let Ok(body) = porter.show(&viewer, &key.0) {
            let text = text(&key.0, &body);
            sender.send_if_modified(|known| {
                let is_news = known.as_ref() != Some(&text);
                *known = Some(text);
                is_news
            });
        }
        // One is kept in the list of what is followed.
        if sender.receiver_count() <= 1 {
            porter.forget(&key);
            return;
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = porter.closing.cancelled() => return,
        }
    }
}

fn text(document: &Document, body: &serde_json::Value) -> Text {
    let told = Told::Document {
        path: document.clone(),
        body: to_raw_value(body).expect("documents have string keys only"),
    };
    let text = serde_json::to_string(&told).expect("documents have string keys only");
    format!("{text}\n").into()
}
