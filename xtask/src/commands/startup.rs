//! `cargo xtask startup`: start-up time and size of `oneteg`, next to other commands of this kind.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::steps::Steps;
use crate::{marked, stdout::out, workspace};

/// The document with the table, relative to the workspace, and the name of its marks.
const DOCUMENT: &str = "docs/benchmarks.md";
const MARKS: &str = "startup";
/// Of each command, after two that warm the caches. They take turns, so that a disturbance meets all of them.
const RUNS: usize = 21;

/// A command to measure.
struct Candidate {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    /// Of a Debian package, with its version.
    package: Option<&'static str>,
}

/// Builds `oneteg` with the profile `dist`, measures it next to `gh` and `rclone` where they are installed, and prints
/// the table. With `write`, the table in the document is replaced.
///
/// # Errors
/// If the build or a command fails, or the document has no place for the table.
pub fn run(write: bool) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut steps = Steps::new(false);
    steps.cargo("oneteg", &["build", "--quiet", "--profile", "dist", "-p", "oneteg-cli"])?;
    let oneteg = root.join("target/dist/oneteg");
    let folder = tempfile::tempdir()?;
    let catalog: &[&str] = &["example", "get-assets-by-folder", "--help"];
    connection(folder.path())?;
    let all = [
        Candidate {
            name: "`oneteg --version`",
            program: oneteg.clone(),
            arguments: &["--version"],
            package: None,
        },
        Candidate {
            name: "`oneteg --help`",
            program: oneteg.clone(),
            arguments: &["--help"],
            package: None,
        },
        Candidate {
            name: "`oneteg example get-assets-by-folder --help`",
            program: oneteg,
            arguments: catalog,
            package: None,
        },
        Candidate {
            name: "`gh --version`",
            program: "/usr/bin/gh".into(),
            arguments: &["--version"],
            package: Some("gh"),
        },
        Candidate {
            name: "`gh --help`",
            program: "/usr/bin/gh".into(),
            arguments: &["--help"],
            package: Some("gh"),
        },
        Candidate {
            name: "`rclone version`",
            program: "/usr/bin/rclone".into(),
            arguments: &["version"],
            package: Some("rclone"),
        },
        Candidate {
            name: "`rclone help`",
            program: "/usr/bin/rclone".into(),
            arguments: &["help"],
            package: Some("rclone"),
        },
    ];
    let present: Vec<&Candidate> =
        all.iter().filter(|candidate| candidate.program.exists()).collect();
    let table = table(&measure(&present, folder.path())?)?;
    out!("{table}");
    if write {
        let path = root.join(DOCUMENT);
        let document = fs::read_to_string(&path)?;
        fs::write(&path, marked::replaced(&document, MARKS, &table)?)?;
    }
    Ok(())
}

/// A connection, whose help page reads the catalog of operations.
fn connection(folder: &Path) -> anyhow::Result<()> {
    let connections = folder.join("connections");
    fs::create_dir(&connections)?;
    let settings = "connection_name = \"Example\"\nconnector = \"netxConnector-v1.0\"\n\
                    endpoint_url = \"https://example.netx.net\"\n\
                    [authentication]\ntype = \"api_key\"\napi_key = \"env:NETX_API_KEY\"\n";
    let path = connections.join("example.toml");
    fs::write(&path, settings)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

struct Measured<'a> {
    candidate: &'a Candidate,
    median: Duration,
}

fn measure<'a>(candidates: &[&'a Candidate], folder: &Path) -> anyhow::Result<Vec<Measured<'a>>> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); candidates.len()];
    for round in 0..RUNS + 2 {
        for (candidate, times) in candidates.iter().zip(&mut times) {
            let start = Instant::now();
            let status = Command::new(&candidate.program)
                .args(candidate.arguments)
                .env("ONETEG_CONFIG_DIR", folder)
                .env("HOME", folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .with_context(|| format!("{} cannot be started", candidate.program.display()))?;
            let time = start.elapsed();
            ensure!(status.success(), "{} failed: {status}", candidate.name);
            if round >= 2 {
                times.push(time);
            }
        }
    }
    let medians = candidates.iter().zip(times).map(|(candidate, mut times)| {
        times.sort_unstable();
        Measured { candidate, median: times[RUNS / 2] }
    });
    Ok(medians.collect())
}

fn table(measured: &[Measured<'_>]) -> anyhow::Result<String> {
    let first = measured.first().context("nothing was measured")?;
    let mut table = String::from(
        "| Command | Version | Size of the program | Start to end | Ratio |\n|---|---|---:|---:|---:|\n",
    );
    for Measured { candidate, median } in measured {
        let size = fs::metadata(&candidate.program)?.len() as f64 / (1 << 20) as f64;
        let ratio = median.as_secs_f64() / first.median.as_secs_f64();
        let version = match candidate.package {
            Some(package) => format!("{package} {} of Debian", package_version(package)),
            None => "this one".to_owned(),
        };
        let milliseconds = median.as_secs_f64() * 1e3;
        table.push_str(&format!(
            "| {} | {version} | {size:.1} MiB | {milliseconds:.1} ms | {ratio:.2} |\n",
            candidate.name
        ));
    }
    Ok(table)
}

fn package_version(package: &str) -> String {
    let query = Command::new("dpkg-query").args(["-W", "-f=${Version}", package]).output();
    let version = query.ok().filter(|output| output.status.success());
    version.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).into_owned())
}
