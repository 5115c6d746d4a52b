//! However long a gate was watched, its chart shows it whole.

use super::*;
use crate::evidence::{Settings, SignatureCounts};
use proptest::prelude::*;

/// A gate after ticks in which so many errors of canary and control came.
fn gate(errors: &[(u64, u64)]) -> GateState {
    let mut gate = GateState {
        evidence: Some(Evidence::new(Settings::default()).unwrap()),
        ..GateState::default()
    };
    for (second, (canary, control)) in (1..).zip(errors) {
        let counts = |errors| Counts {
            requests: 100,
            errors,
        };
        let signature = |signature: &str, canary, control| SignatureCounts {
            signature: signature.to_owned(),
            canary,
            control,
        };
        let tick = Tick {
            canary: counts(*canary),
            control: counts(*control),
            signatures: vec![
                signature("Timeout", 0, *control),
                signature("Boom", *canary, 0),
            ],
            milliseconds: 1_000,
        };
        let evidence = gate.evidence.as_mut().unwrap();
        evidence.vote(&tick);
        gate.curve.push(evidence.log_e());
        gate.times.push(UnixMillis(second * 1_000));
        gate.ticks.push(tick);
    }
    gate
}

#[test]
fn a_short_gate_is_shown_tick_by_tick() {
    let mut gate = gate(&[(0, 1), (2, 0), (3, 0)]);
    (gate.verdict, gate.concluded) = (Some(Verdict::Fail), Some(UnixMillis(3_020)));
    let chart = Chart::of(&gate).unwrap();
    assert_eq!(chart.points.len(), 3);
    assert_eq!(chart.points[1].canary.errors, 2);
    assert_eq!(chart.points[2].elapsed_milliseconds, 3_000);
    let mark = VerdictMark {
        at: UnixMillis(3_020),
        verdict: Verdict::Fail,
    };
    assert_eq!(chart.verdict, Some(mark));
    let [boom, timeout] = &chart.kinds[..] else {
        panic!("two kinds, and {:?}", chart.kinds)
    };
    assert_eq!(
        (boom.signature.as_str(), boom.is_new, boom.first_seen),
        ("Boom", true, Some(UnixMillis(2_000)))
    );
    assert_eq!(
        (&boom.canary_by_point, &timeout.control_by_point),
        (&vec![0, 2, 3], &vec![1, 0, 0])
    );
    assert_eq!((timeout.is_new, timeout.first_seen), (false, None));
    assert_eq!(Chart::of(&GateState::default()), None);
    assert_eq!(Chart::of(&self::gate(&[])).unwrap().points, []);
}

proptest! {
    #[test]
    fn a_thinned_curve_keeps_its_ends_and_extremes(
        curve in prop::collection::vec(-1e3..1e3_f64, 1..3_000),
        most in 4..300_usize,
    ) {
        let kept = thinning::kept(&curve, most);
        prop_assert!(kept.len() <= most.max(2));
        prop_assert!(kept.is_sorted_by(|a, b| a < b));
        prop_assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&(curve.len() - 1))));
        let extremes = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)))
        };
        prop_assert_eq!(
            extremes(&mut kept.iter().map(|place| curve[*place])),
            extremes(&mut curve.iter().copied())
        );
        // None of equal stretches is left out.
        let widest = kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        prop_assert!(widest <= 4 * (curve.len() / (most / 2 - 1).max(1) + 1), "{}", widest);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_error_is_lost_between_points(
        errors in prop::collection::vec((0..3_u64, 0..3_u64), 1..6_000),
    ) {
        let chart = Chart::of(&gate(&errors)).unwrap();
        prop_assert!(chart.points.len() <= 2_000);
        let of = |side: fn(&ChartPoint) -> Counts| {
            chart.points.iter().map(|point| side(point).errors).sum::<u64>()
        };
        prop_assert_eq!(of(|point| point.canary), errors.iter().map(|it| it.0).sum::<u64>());
        prop_assert_eq!(of(|point| point.control), errors.iter().map(|it| it.1).sum::<u64>());
        for kind in &chart.kinds {
            prop_assert_eq!(kind.canary_by_point.len(), chart.points.len());
            prop_assert_eq!(kind.canary_by_point.iter().sum::<u64>(), kind.canary);
            prop_assert_eq!(kind.control_by_point.iter().sum::<u64>(), kind.control);
        }
    }
}
