//! Options of commands that transfer files.

use clap::{Args, ValueEnum};

/// How a transfer is reported on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// A line for each file, for people
    Text,
    /// Events, one JSON object per line
    Ndjson,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Transfer options")]
pub(crate) struct TransferArguments {
    /// How many files are transferred at the same time
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4,
        value_parser = clap::value_parser!(u8).range(1..=64)
    )]
    pub(crate) transfers: u8,
    /// The size of the parts of large files, such as `8MiB`; by default, what suits the vendor
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) part_size: Option<u64>,
    /// The form of the report; by default, text on a terminal and events elsewhere
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<ReportFormat>,
}

/// A size in bytes: a number, with `k`, `M` or `G` for powers of 1000, and `KiB`, `MiB` or `GiB` for powers of 1024.
fn parse_size(size: &str) -> Result<u64, String> {
    let size = size.trim();
    let digits = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
    let (number, unit) = size.split_at(digits);
    let factor: Option<u64> = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1_000),
        "m" | "mb" => Some(1_000_000),
        "g" | "gb" => Some(1_000_000_000),
        "ki" | "kib" => Some(1 << 10),
        "mi" | "mib" => Some(1 << 20),
        "gi" | "gib" => Some(1 << 30),
        _ => None,
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "a size is a number of bytes, or one with a unit: 8MiB, 500k".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_or_is_in_bytes() {
        for (given, bytes) in
            [("1", 1), ("8MiB", 8 << 20), ("500k", 500_000), ("2 GB", 2_000_000_000), ("3Ki", 3072)]
        {
            assert_eq!(parse_size(given), Ok(bytes));
        }
        for wrong in ["", "0", "MiB", "-1", "8XB", "1.5M", "99999999999G"] {
            parse_size(wrong).unwrap_err();
        }
    }
}
