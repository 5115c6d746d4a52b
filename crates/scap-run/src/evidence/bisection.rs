//! Where something that holds up to a number ends to hold.

/// The last number for which it holds, between one for which it does and one for which it does not.
pub(super) fn last(mut holding: u64, mut beyond: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while beyond - holding > 1 {
        let middle = holding.midpoint(beyond);
        if holds(middle) {
            holding = middle;
        } else {
            beyond = middle;
        }
    }
    holding
}
