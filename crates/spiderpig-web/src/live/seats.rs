//! How many live connections there are, and whose.

use crate::Limits;
use crate::refusal::Refusal;
use axum::http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Who has no token shares one place with all others who have none.
type Whose = Option<blake3::Hash>;

pub(crate) struct Seats {
    most: usize,
    most_of_one: usize,
    taken: Mutex<HashMap<Whose, usize>>,
    left: Notify,
}

/// Given back when it is dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    whose: Whose,
}

impl Seats {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            most: limits.live,
            most_of_one: limits.live_of_a_session,
            taken: Mutex::default(),
            left: Notify::new(),
        }
    }

    pub(crate) fn take(self: &Arc<Self>, token: Option<&str>) -> Result<Seat, Refusal> {
        let whose = token.map(|it| blake3::hash(it.as_bytes()));
        let mut by_session = self.lock();
        let all: usize = by_session.values().sum();
        let of_one = by_session.get(&whose).copied().unwrap_or(0);
        if of_one >= self.most_of_one {
            return Err(full("this session has too many live connections")
                .hint("close some of the pages that show SpiderPig"));
        }
        if all >= self.most {
            return Err(full("too many people watch at the moment")
                .hint("`scap log RUN --follow` in a terminal tells the same"));
        }
        by_session.insert(whose, of_one + 1);
        let seats = self.clone();
        Ok(Seat { seats, whose })
    }

    /// Waits until all are given back.
    pub(crate) async fn all_left(&self) {
        while !self.lock().is_empty() {
            self.left.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Whose, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        match taken.get_mut(&self.whose) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.whose)),
        }
        drop(taken);
        self.seats.left.notify_one();
    }
}

fn full(message: &str) -> Refusal {
    Refusal::of(StatusCode::TOO_MANY_REQUESTS, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_and_all_of_them_have_so_many_seats() {
        let limits = Limits {
            live: 3,
            live_of_a_session: 2,
            ..Limits::default()
        };
        let seats = Arc::new(Seats::new(&limits));
        let first = seats.take(Some("a")).unwrap();
        let _second = seats.take(Some("a")).unwrap();
        assert!(seats.take(Some("a")).is_err(), "the third of one session");
        let _third = seats.take(None).unwrap();
        assert!(seats.take(Some("b")).is_err(), "the fourth of all");
        drop(first);
        assert!(seats.take(Some("b")).is_ok(), "one was given back");
        assert_eq!(seats.lock().len(), 2, "nobody is remembered");
    }
}
