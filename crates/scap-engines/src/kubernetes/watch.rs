//! A watch that goes on: after any failure it lists anew, so that what is stored is fresh and sight is known to be back.

use std::hash::Hash;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use kube::runtime::reflector::Lookup;
use kube::runtime::reflector::store::Writer;
use kube::runtime::watcher::{self, Event};
use tokio::time::{Instant, sleep};

use super::error::ServerError;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A watch that has lived for this long fails for a new reason.
const CALM: Duration = Duration::from_secs(30);

/// A list and then its changes.
pub(super) type Watch<K> = BoxStream<'static, watcher::Result<Event<K>>>;
type Open<K> = Box<dyn Fn() -> Watch<K> + Send>;

/// Why changes cannot be seen at the moment.
#[derive(Debug)]
pub(super) struct Blindness {
    /// The user lacks the right to look.
    pub(super) is_forbidden: bool,
    pub(super) error: ServerError,
}

struct Following<K>
where
    K: Lookup + Clone + 'static,
    K::DynamicType: Eq + Hash + Clone,
{
    open: Open<K>,
    watch: Option<Watch<K>>,
    opened: Instant,
    pause: Duration,
    writer: Writer<K>,
}

/// Keeps `writer` as the watches that `open` opens show it. An item says that something is seen, or why nothing is.
pub(super) fn follow<K>(
    open: impl Fn() -> Watch<K> + Send + 'static,
    writer: Writer<K>,
) -> BoxStream<'static, Result<(), Blindness>>
where
    K: Lookup + Clone + Send + Sync + 'static,
    K::DynamicType: Eq + Hash + Clone + Send + Sync,
{
    let following = Following {
        watch: Some(open()),
        open: Box::new(open),
        opened: Instant::now(),
        pause: FIRST_PAUSE,
        writer,
    };
    unfold(following, async |mut following| {
        let seen = following.next().await;
        Some((seen, following))
    })
    .boxed()
}

impl<K> Following<K>
where
    K: Lookup + Clone + 'static,
    K::DynamicType: Eq + Hash + Clone,
{
    async fn next(&mut self) -> Result<(), Blindness> {
        let mut watch = match self.watch.take() {
            Some(watch) => watch,
            None => self.reopen().await,
        };
        // It never ends by itself; one that did is opened again like one that failed.
        while let Some(event) = watch.next().await {
            let event = event?;
            self.writer.apply_watcher_event(&event);
            // A list counts once it is complete.
            if !matches!(event, Event::Init | Event::InitApply(_)) {
                self.watch = Some(watch);
                break;
            }
        }
        Ok(())
    }

    async fn reopen(&mut self) -> Watch<K> {
        if self.opened.elapsed() > CALM {
            self.pause = FIRST_PAUSE;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.opened = Instant::now();
        (self.open)()
    }
}

impl From<watcher::Error> for Blindness {
    fn from(error: watcher::Error) -> Self {
        use watcher::Error::{InitialListFailed, WatchError, WatchFailed, WatchStartFailed};
        let is_forbidden = match &error {
            InitialListFailed(kube::Error::Api(status))
            | WatchStartFailed(kube::Error::Api(status))
            | WatchFailed(kube::Error::Api(status))
            | WatchError(status) => status.is_forbidden(),
            _ => false,
        };
        Self {
            is_forbidden,
            error: error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::{iter, pending};
    use k8s_openapi::api::core::v1::Pod;
    use kube::ResourceExt;
    use kube::runtime::reflector;
    use std::sync::Mutex;

    fn listed(name: &str) -> [watcher::Result<Event<Pod>>; 3] {
        let mut pod = Pod::default();
        pod.metadata.name = Some(name.to_owned());
        [Event::Init, Event::InitApply(pod), Event::InitDone].map(Ok)
    }

    #[tokio::test]
    async fn a_watch_that_was_cut_shows_what_is_there_now() {
        let cut = [Err(watcher::Error::NoResourceVersion)];
        let half = listed("half").into_iter().take(2).chain(cut);
        let cut = [Err(watcher::Error::NoResourceVersion)];
        let first = listed("old").into_iter().chain(cut);
        let watches: Vec<Watch<Pod>> = vec![
            iter(listed("new")).chain(pending()).boxed(),
            iter(half).boxed(),
            iter(first).boxed(),
        ];
        let watches = Mutex::new(watches);
        let (store, writer) = reflector::store();
        let mut seen = follow(move || watches.lock().unwrap().pop().unwrap(), writer);
        let mut told = Vec::new();
        while told.last() != Some(&"new".to_owned()) {
            let what = seen.next().await.unwrap();
            let names = store.state().iter().map(|pod| pod.name_any()).collect();
            told.push(what.map_or("blind".to_owned(), |()| names));
        }
        assert_eq!(told, ["old", "blind", "blind", "new"]);
    }
}
