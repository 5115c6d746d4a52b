//! What a run is carried out with.

use scap_run::{Check, Engine, Inspect, Progress, UnixMillis};
use std::sync::Arc;

/// Wall time, for people and for deadlines that outlive a process.
pub trait Clock: Send + Sync {
    fn now(&self) -> UnixMillis;
}

/// The world behind its traits.
#[derive(Clone)]
pub struct World {
    pub engine: Arc<dyn Engine>,
    pub inspect: Arc<dyn Inspect>,
    pub check: Arc<dyn Check>,
    pub progress: Arc<dyn Progress>,
    pub clock: Arc<dyn Clock>,
}
