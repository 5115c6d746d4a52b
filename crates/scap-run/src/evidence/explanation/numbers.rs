//! Numbers as people read them.

/// Certainties beyond this mean nothing more to anybody.
const CERTAIN_ENOUGH: u64 = 1_000_000_000;

/// `152,300`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `14`, or `2.5` below ten.
pub(super) fn factor(number: f64) -> String {
    if number < 9.95 {
        format!("{number:.1}")
    } else {
        thousands(whole(number.round()))
    }
}

/// `1 in 90,000`: the power of e, rounded down to two digits so that it never promises too much.
pub(super) fn one_in(log: f64) -> String {
    let odds = whole(log.exp());
    if odds > CERTAIN_ENOUGH {
        return format!("better than 1 in {}", thousands(CERTAIN_ENOUGH));
    }
    let unit = 10_u64.pow(odds.max(10).ilog10() - 1);
    format!("1 in {}", thousands((odds / unit * unit).max(1)))
}

/// `0.36 %`: a share of one, rounded up to two digits.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let (mut scale, mut decimals) = (1.0, 0_usize);
    while percent * scale < 10.0 && decimals < 9 {
        scale *= 10.0;
        decimals += 1;
    }
    // The billionth takes back what the multiplication by 100 added.
    let rounded = (percent * scale - 1e-9).ceil() / scale;
    let text = format!("{rounded:.decimals$}");
    let text = if decimals > 0 {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text} %")
}

/// `75 s`
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{} s", thousands(milliseconds / 1000))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(8_120), "8,120");
        assert_eq!(thousands(1_152_300), "1,152,300");
        assert_eq!(factor(2.46), "2.5");
        assert_eq!(factor(9.97), "10");
        assert_eq!(factor(1_234.5), "1,235");
        assert_eq!(seconds(75_900), "75 s");
    }

    #[test]
    fn certainty_is_never_exaggerated() {
        assert_eq!(one_in(-3.0), "1 in 1");
        assert_eq!(one_in(101_f64.ln()), "1 in 100");
        assert_eq!(one_in(90_999_f64.ln()), "1 in 90,000");
        assert_eq!(one_in(1e6), "better than 1 in 1,000,000,000");
    }

    #[test]
    fn shares_are_rounded_up() {
        assert_eq!(percent(0.005), "0.5 %");
        assert_eq!(percent(0.0007), "0.07 %");
        assert_eq!(percent(0.003_51), "0.36 %");
        assert_eq!(percent(0.1), "10 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
