//! Amounts as Kubernetes writes them: `1000m` is `1`, `1024Mi` is `1Gi`.

/// In billionths; none for what is no quantity, is finer or cannot be counted.
pub(super) fn nanos(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (multiplier, divisor) = scale(suffix)?;
    let numerator = digits.checked_mul(multiplier)?.checked_mul(NANO)?;
    let denominator = divisor.checked_mul(power(fraction.len().try_into().ok()?)?)?;
    (numerator % denominator == 0).then_some(sign * (numerator / denominator))
}

const NANO: i128 = 1_000_000_000;

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// What the number is multiplied with, and divided by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const DECIMAL: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    const SMALL: [&str; 3] = ["m", "u", "n"];
    let place = |names: &[&str]| names.iter().position(|name| *name == suffix);
    let thousands = |count: usize| Some(3 * u32::try_from(count).ok()?);
    if let Some(index) = place(&BINARY) {
        return Some((1024_i128.checked_pow(u32::try_from(index).ok()? + 1)?, 1));
    }
    if let Some(index) = place(&DECIMAL) {
        return Some((power(thousands(index)?)?, 1));
    }
    if let Some(index) = place(&SMALL) {
        return Some((1, power(thousands(index + 1)?)?));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let scale = power(exponent.unsigned_abs())?;
    Some(if exponent < 0 { (1, scale) } else { (scale, 1) })
}

#[cfg(test)]
mod tests {
    use super::nanos;

    #[test]
    fn quantities_are_equal_by_their_amount() {
        for (one, other) in [
            ("1000m", "1"),
            ("1Gi", "1024Mi"),
            ("1.5Gi", "1536Mi"),
            ("0.5", "500m"),
            ("1e3", "1k"),
            ("1E", "1e18"),
            ("100000u", "100m"),
            ("-1", "-1000m"),
        ] {
            assert_eq!(nanos(one).unwrap(), nanos(other).unwrap(), "{one} {other}");
        }
        assert_ne!(nanos("1G"), nanos("1Gi"));
        for text in ["", "m", ".", "1x", "1 Gi", "1e99", "1ei", "0x1"] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
