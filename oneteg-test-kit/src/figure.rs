//! What a benchmark prints for `cargo xtask bench`: a line of JSON after a word, among lines for people.

use serde::Serialize;

/// A figure next to that of a baseline, measured in the same run.
#[derive(Debug, Serialize)]
pub struct Figure<'a> {
    /// The table that it belongs to.
    pub group: &'a str,
    /// What was measured.
    pub name: &'a str,
    /// Of both values, such as `calls/s`.
    pub unit: &'a str,
    /// Our value.
    pub ours: f64,
    /// That of the baseline.
    pub baseline: f64,
    /// What the baseline is.
    pub against: &'a str,
    /// Ours to the baseline; the median over rounds if there were several.
    pub ratio: f64,
    /// Whether a higher value is the better one.
    pub higher_is_better: bool,
}

impl Figure<'_> {
    /// Prints the line.
    #[allow(clippy::print_stdout)]
    pub fn print(&self) {
        println!("figure {}", serde_json::to_string(self).expect("a figure is JSON"));
    }
}

/// A point of a curve that shows how cost grows.
#[derive(Debug, Serialize)]
pub struct Point<'a> {
    /// What grows; the title of the curve.
    pub curve: &'a str,
    /// The unit of `x`, such as `MiB`.
    pub unit: &'a str,
    /// The size.
    pub x: f64,
    /// What it took.
    pub seconds: f64,
    /// The greatest resident memory of the measured process.
    pub peak_mib: f64,
}

impl Point<'_> {
    /// Prints the line.
    #[allow(clippy::print_stdout)]
    pub fn print(&self) {
        println!("point {}", serde_json::to_string(self).expect("a point is JSON"));
    }
}

/// As in "1 item" and "10,000 items", for the name of a figure.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let digits = match count {
        0..1_000 => count.to_string(),
        _ => format!("{},{:03}", count / 1_000, count % 1_000),
    };
    format!("{digits} {noun}{plural}")
}

/// The greatest resident memory of this process so far, in MiB; `None` where the system does not report it.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

/// The median; 0 of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
