//! Fewer points of a curve that show the same to the eye.

/// The places of at most `most` points, in order: the first, the last, and of each of equal stretches the lowest and the
/// highest.
pub(super) fn kept(curve: &[f64], most: usize) -> Vec<usize> {
    let length = curve.len();
    if length <= most {
        return (0..length).collect();
    }
    let stretches = (most / 2).saturating_sub(1);
    let mut kept = vec![0, length - 1];
    for stretch in 0..stretches {
        let places = stretch * length / stretches..(stretch + 1) * length / stretches;
        let compare = |a: &usize, b: &usize| curve[*a].total_cmp(&curve[*b]);
        kept.extend(places.clone().min_by(compare));
        kept.extend(places.max_by(compare));
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}
