//! How stores are asked: few questions at once, again when one is busy, and not at all for a while when it keeps failing.
//!
//! Many runs share a store, and all of them ask as of the same moments. What is in trouble gets no better by being asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use scap_plan::Period;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::http::{self, Answer, NoAnswer};

/// Questions that one store gets at once; the others wait for their turn here rather than there.
pub(super) const AT_ONCE: usize = 4;
/// How often one question is asked of a busy store.
const TRIES: u32 = 3;
/// A store that names no time is asked again after this.
const PAUSE: Duration = Duration::from_millis(500);
/// Who wants to be asked later than this does not answer in time for a look.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// So many questions in a row without an answer, and the store rests.
const FAILURES: u32 = 5;
const REST: Duration = Duration::from_secs(10);
/// Even if it wants to rest longer: by then a run has no data.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// For a turn: all looks of a tick have come to theirs by then, or the store is too slow for so many.
const PATIENCE: Period = Period::from_secs(10);

/// All stores that were asked, by their addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Access(Arc<Mutex<BTreeMap<String, Store>>>);

#[derive(Debug)]
struct Store {
    turns: Arc<Semaphore>,
    health: Health,
}

/// What is known of the last questions.
#[derive(Debug, Default)]
struct Health {
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    why: String,
}

impl Access {
    /// The answer of the store at `url`, which people know by its `place`. One that is still busy after several tries is an
    /// answer too.
    pub(super) async fn ask(
        &self,
        url: &str,
        request: RequestBuilder,
        (place, patience): (String, Period),
    ) -> Result<Answer, NoAnswer> {
        let _turn = self.turn(url, &place).await?;
        self.resting(url, &place)?;
        let mut tries = 1;
        let result = loop {
            // It cannot be asked twice when its body comes from a stream; ours are texts.
            let question = request.try_clone().expect("its body is a text");
            let result = http::send(question, place.clone(), patience).await;
            match pause(&result) {
                Some(pause) if tries < TRIES && pause <= LONGEST_PAUSE => {
                    tries += 1;
                    tokio::time::sleep(pause).await;
                }
                _ => break result,
            }
        };
        let now = Instant::now();
        self.with(url, |store| store.health.note(now, &result));
        result
    }

    async fn turn(&self, url: &str, place: &str) -> Result<OwnedSemaphorePermit, NoAnswer> {
        let turns = self.with(url, |store| Arc::clone(&store.turns));
        match timeout(PATIENCE.duration(), turns.acquire_owned()).await {
            Ok(turn) => Ok(turn.expect("nobody closes it")),
            Err(_) => Err(NoAnswer::NoTurn {
                place: place.to_owned(),
                patience: PATIENCE,
            }),
        }
    }

    fn resting(&self, url: &str, place: &str) -> Result<(), NoAnswer> {
        self.with(url, |store| store.health.resting(Instant::now(), place))
    }

    fn with<T>(&self, url: &str, change: impl FnOnce(&mut Store) -> T) -> T {
        let mut stores: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let store = stores.entry(url.to_owned()).or_insert_with(|| Store {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            health: Health::default(),
        });
        change(store)
    }
}

/// Whether a store says that it would answer at another time.
pub(super) fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// After which time it is worth asking again.
fn pause(result: &Result<Answer, NoAnswer>) -> Option<Duration> {
    let answer = result.as_ref().ok()?;
    is_busy(answer.status).then(|| answer.said.retry_after.unwrap_or(PAUSE))
}

impl Health {
    fn note(&mut self, now: Instant, result: &Result<Answer, NoAnswer>) {
        let (why, wish) = match result {
            Ok(answer) if is_busy(answer.status) => {
                let why = format!("it answered with status {}", answer.status);
                (why, answer.said.retry_after)
            }
            Err(error @ (NoAnswer::Late { .. } | NoAnswer::Failed { .. })) => {
                (error.to_string(), None)
            }
            _ => return *self = Self::default(),
        };
        self.failures += 1;
        let wish = wish.filter(|wish| *wish > LONGEST_PAUSE);
        let rest = wish.or((self.failures >= FAILURES).then_some(REST));
        if let Some(rest) = rest {
            let until = now + rest.min(LONGEST_REST);
            self.rest = Some(Rest { until, why });
        }
    }

    fn resting(&self, now: Instant, place: &str) -> Result<(), NoAnswer> {
        match &self.rest {
            Some(rest) if rest.until > now => Err(NoAnswer::Resting {
                place: place.to_owned(),
                // Up, so that it is never 0.
                seconds: (rest.until - now).as_secs() + 1,
                why: rest.why.clone(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::http::Said;

    type Result = std::result::Result<Answer, NoAnswer>;

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside failures")]
    fn answer(status: u16, retry_after: Option<u64>) -> Result {
        let retry_after = retry_after.map(Duration::from_secs);
        let said = Said {
            retry_after,
            ..Said::default()
        };
        Ok(Answer {
            status,
            said,
            ..Answer::default()
        })
    }

    fn late() -> Result {
        Err(NoAnswer::Late {
            place: "it".to_owned(),
            patience: Period::from_secs(5),
        })
    }

    /// For how long the store is left alone after these answers.
    fn rest(results: &[Result]) -> Option<String> {
        let mut health = Health::default();
        let now = Instant::now();
        for result in results {
            health.note(now, result);
        }
        let rest = health.resting(now, "it").err()?;
        Some(rest.to_string())
    }

    #[test]
    fn a_store_rests_when_it_says_so_or_fails_in_a_row() {
        let five = |result: fn() -> Result| (0..5).map(|_| result()).collect();
        let mut mended: Vec<_> = five(late);
        mended[3] = answer(200, None);
        let refused: fn() -> Result = || answer(400, None);
        let cases = [
            (vec![late(), late(), late(), late()], None),
            (
                five(late),
                Some("it is not asked for 11s: it did not answer within 5s"),
            ),
            (mended, None),
            // It answers, and says what is wrong.
            (five(refused), None),
            (vec![answer(429, Some(1))], None),
            (
                vec![answer(429, Some(30))],
                Some("it is not asked for 31s: it answered with status 429"),
            ),
            (
                vec![answer(503, Some(86_400))],
                Some("it is not asked for 61s: it answered with status 503"),
            ),
        ];
        for (results, expected) in cases {
            assert_eq!(rest(&results).as_deref(), expected, "{results:?}");
        }
    }

    #[test]
    fn only_a_busy_store_is_asked_again_and_after_the_time_it_wants() {
        let cases = [
            (answer(200, Some(1)), None),
            (answer(401, None), None),
            (late(), None),
            (answer(429, Some(1)), Some(1_000)),
            (answer(503, None), Some(500)),
        ];
        for (result, expected) in cases {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(pause(&result), expected, "{result:?}");
        }
    }
}
