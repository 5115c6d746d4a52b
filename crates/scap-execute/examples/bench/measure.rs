//! Medians, and the processor time and the memory of this process.

use std::fs;
use std::io::{Result, Write};
use std::time::Duration;

/// Prints median, mean, 90th percentile and greatest of `values`.
pub(crate) fn print(out: &mut impl Write, what: &str, mut values: Vec<f64>) -> Result<()> {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return writeln!(out, "{what:40} none");
    };
    let (median, p90, greatest) = (values[last / 2], values[last * 9 / 10], values[last]);
    let mean = values.iter().sum::<f64>() / number(values.len() as u64);
    let digits = if greatest < 1000.0 { 2 } else { 0 };
    writeln!(
        out,
        "{what:40} median {median:.digits$}, mean {mean:.digits$}, p90 {p90:.digits$}, greatest {greatest:.digits$} ({} values)",
        values.len()
    )
}

/// How long this thread was on a processor, which other processes of the machine do not lengthen.
pub(crate) fn processor_time() -> Result<Duration> {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = statistics.split(' ').next().and_then(|it| it.parse().ok());
    Ok(Duration::from_nanos(
        nanoseconds.expect("the first is in nanoseconds"),
    ))
}

/// Forgets the greatest memory so far, so that [`peak_mebibytes`] speaks of what comes now.
pub(crate) fn forget_peak() -> Result<()> {
    // The kernel's documented way (proc(5)): 5 sets VmHWM to what is resident now.
    fs::write("/proc/self/clear_refs", "5")
}

/// The greatest resident memory of this process since [`forget_peak`].
pub(crate) fn peak_mebibytes() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u32>().ok());
    Ok(f64::from(kibibytes.expect("Linux tells VmHWM in kB")) / 1024.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is counted here is far below 2^53"
)]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
