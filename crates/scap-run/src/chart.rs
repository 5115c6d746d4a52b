//! A gate's evidence as a page draws it: nothing is left to be computed, and it is of a bounded size.

mod ratio;
mod thinning;

pub use ratio::RatioEstimate;

use crate::evidence::{Counts, Evidence, SignatureEvidence, Tick, Verdict};
use crate::{GateState, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::RangeInclusive;

const MOST_POINTS: usize = 2_000;
const MOST_KINDS: usize = 10;

/// The curve of evidence with its limit, and what was counted beside it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Chart {
    /// The `log_e` that is an alarm: ln(1 / `false_alarm_rate`).
    pub limit: f64,
    /// In the order of time, at most 2,000: of more ticks, those that stand for the others.
    pub points: Vec<ChartPoint>,
    /// Absent without requests on a side, or without any error.
    pub ratio: Option<RatioEstimate>,
    pub verdict: Option<VerdictMark>,
    /// New ones first, then those that say most; at most 10.
    pub kinds: Vec<ChartKind>,
    /// How many more there were.
    pub more_kinds: usize,
}

/// What was counted since the point before, and the evidence then.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChartPoint {
    pub at: UnixMillis,
    /// Of ticks, up to this one.
    pub elapsed_milliseconds: u64,
    pub canary: Counts,
    pub control: Counts,
    /// Natural logarithm of the e-value.
    pub log_e: f64,
}

/// When the gate spoke.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct VerdictMark {
    pub at: UnixMillis,
    pub verdict: Verdict,
}

/// A kind of error.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChartKind {
    pub signature: String,
    /// Only the canary had it: neither the control did, nor former runs.
    pub is_new: bool,
    /// Former runs had it.
    pub is_ordinary: bool,
    /// In all.
    pub canary: u64,
    pub control: u64,
    /// Natural logarithm of this kind's own e-value.
    pub log_e: f64,
    /// On the canary.
    pub first_seen: Option<UnixMillis>,
    /// Errors since the point before, for each of the chart's points.
    pub canary_by_point: Vec<u64>,
    pub control_by_point: Vec<u64>,
}

impl Chart {
    /// Of a gate of evidence.
    pub fn of(gate: &GateState) -> Option<Self> {
        let evidence = gate.evidence.as_ref()?;
        let kept = thinning::kept(&gate.curve, MOST_POINTS);
        let stretches: Vec<RangeInclusive<usize>> = stretches(&kept).collect();
        let kinds = evidence.kinds();
        let series = kinds.iter().take(MOST_KINDS);
        Some(Self {
            limit: evidence.limit(),
            points: points(gate, &stretches),
            ratio: RatioEstimate::of(evidence.canary(), evidence.control()),
            verdict: gate
                .verdict
                .zip(gate.concluded)
                .map(|(verdict, at)| VerdictMark { at, verdict }),
            kinds: series
                .map(|kind| series_of(kind, (gate, evidence), &stretches))
                .collect(),
            more_kinds: kinds.len().saturating_sub(MOST_KINDS),
        })
    }
}

/// From the tick behind the one before, up to each that is kept.
fn stretches(kept: &[usize]) -> impl Iterator<Item = RangeInclusive<usize>> {
    let starts = std::iter::once(0).chain(kept.iter().map(|index| index + 1));
    starts.zip(kept).map(|(start, end)| start..=*end)
}

fn points(gate: &GateState, stretches: &[RangeInclusive<usize>]) -> Vec<ChartPoint> {
    let mut elapsed_milliseconds = 0_u64;
    let point = |stretch: &RangeInclusive<usize>| {
        let (mut canary, mut control) = (Counts::default(), Counts::default());
        for tick in &gate.ticks[stretch.clone()] {
            canary.add(tick.canary);
            control.add(tick.control);
            elapsed_milliseconds = elapsed_milliseconds.saturating_add(tick.milliseconds.into());
        }
        ChartPoint {
            at: gate.times[*stretch.end()],
            elapsed_milliseconds,
            canary,
            control,
            log_e: gate.curve[*stretch.end()],
        }
    };
    stretches.iter().map(point).collect()
}

fn series_of(
    kind: &SignatureEvidence,
    (gate, evidence): (&GateState, &Evidence),
    stretches: &[RangeInclusive<usize>],
) -> ChartKind {
    let sums = stretches
        .iter()
        .map(|stretch| sums(kind.signature(), &gate.ticks[stretch.clone()]));
    let (canary_by_point, control_by_point) = sums.unzip();
    ChartKind {
        signature: kind.signature().to_owned(),
        is_new: evidence.is_new(kind),
        is_ordinary: evidence.is_ordinary(kind),
        canary: kind.canary(),
        control: kind.control(),
        log_e: kind.log_e(),
        first_seen: gate.first_seen(kind.signature()),
        canary_by_point,
        control_by_point,
    }
}

fn sums(signature: &str, ticks: &[Tick]) -> (u64, u64) {
    let counts = ticks.iter().flat_map(|tick| &tick.signatures);
    let counts = counts.filter(|counts| counts.signature == signature);
    counts.fold((0, 0), |(canary, control), counts| {
        let canary: u64 = counts.canary.saturating_add(canary);
        (canary, counts.control.saturating_add(control))
    })
}

#[cfg(test)]
mod tests;
