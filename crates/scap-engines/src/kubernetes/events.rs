//! The cluster's own words about objects, from the time of a step only.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;

/// Events since a time, newest first.
#[derive(Default)]
pub(super) struct Events<'a> {
    events: Vec<Said<'a>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) at: Timestamp,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    event: &'a Event,
}

impl<'a> Events<'a> {
    /// Without a time there are none: older ones would tell of an earlier deployment.
    pub(super) fn since(events: &'a [Arc<Event>], since: Option<Timestamp>) -> Self {
        let Some(since) = since else {
            return Self::default();
        };
        let mut events: Vec<Said> = events
            .iter()
            .filter_map(|event| Said::of(event))
            .filter(|said| said.at >= since)
            .collect();
        events.sort_by_key(|said| std::cmp::Reverse(said.at));
        Self { events }
    }

    /// Those about the object with this id, newest first.
    pub(super) fn about(&self, uid: Option<&str>) -> impl Iterator<Item = &Said<'a>> {
        let about = move |said: &&Said| {
            let about = said.event.involved_object.uid.as_deref();
            uid.is_some() && about == uid
        };
        self.events.iter().filter(about)
    }
}

impl<'a> Said<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        let series = event.series.as_ref();
        let times = [
            event
                .metadata
                .creation_timestamp
                .as_ref()
                .map(|time| time.0),
            event.last_timestamp.as_ref().map(|time| time.0),
            event.event_time.as_ref().map(|time| time.0),
            series.and_then(|series| Some(series.last_observed_time.as_ref()?.0)),
        ];
        Some(Self {
            at: times.into_iter().flatten().max()?,
            reason: event.reason.as_deref().unwrap_or_default(),
            message: event.message.as_deref().unwrap_or_default(),
            event,
        })
    }

    /// Whether it is about this container of its pod.
    pub(super) fn is_of_container(&self, name: &str) -> bool {
        // As in `spec.containers{main}`.
        let path = self.event.involved_object.field_path.as_deref();
        path.is_some_and(|path| path.ends_with(&format!("{{{name}}}")))
    }
}
