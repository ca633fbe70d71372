//! The peak memory of a transfer of 4 GiB: each in a separate process, to and from a server that keeps nothing.

use std::{fs::File, path::Path, process::Command};

use mediavalet_sdk::upload::BlockChecksum;
use oneteg_test_kit::figure::{Figure, peak_mib};

use crate::{BenchResult, doubles::client, server, transfers};

const MEBIBYTES: u64 = 4096;

pub(crate) fn measure(server: &server::Process) -> BenchResult<()> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    // Sparse: it takes no space.
    File::create(&source)?.set_len(MEBIBYTES << 20)?;
    for (kind, name) in [
        ("up", "Peak memory of an upload of 4 GiB, 4 blocks of 8 MiB at a time, with MD5 sums"),
        ("down", "Peak memory of a download of 4 GiB as a stream"),
    ] {
        let peak = |side: &str| -> BenchResult<f64> {
            let mut command = Command::new(std::env::current_exe()?);
            let output = command.args([kind, side, &server.url]).arg(&source).output()?;
            let printed = String::from_utf8(output.stdout)?;
            let error = String::from_utf8_lossy(&output.stderr);
            printed.trim().parse().map_err(|_| format!("{kind} {side} failed: {error}").into())
        };
        let (ours, baseline) = (peak("ours")?, peak("theirs")?);
        Figure {
            group: "Transfers",
            name,
            unit: "MiB",
            ours,
            baseline,
            against: "object_store 0.12",
            ratio: ours / baseline,
            higher_is_better: false,
        }
        .print();
    }
    Ok(())
}

/// Runs in the measured process.
pub(crate) async fn transfer(kind: &str, side: &str, url: &str, source: &Path) -> BenchResult<()> {
    let name = MEBIBYTES.to_string();
    match (kind, side) {
        ("up", "ours") => {
            transfers::our_upload(&client(url), source, BlockChecksum::Md5).await?;
        }
        ("up", _) => {
            transfers::their_upload(&*transfers::store(url)?, &name, source).await?;
        }
        (_, "ours") => {
            transfers::our_stream(&client(url), &name, MEBIBYTES << 20).await?;
        }
        _ => {
            transfers::their_stream(&*transfers::store(url)?, &name, MEBIBYTES << 20).await?;
        }
    }
    println!("{}", peak_mib().ok_or("the system does not report the peak memory")?);
    Ok(())
}
