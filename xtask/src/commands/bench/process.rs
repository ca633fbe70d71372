//! What a command costs with all its children: cargo and its compilers, for example. Linux only, from `/proc`.

use std::{
    collections::BTreeMap,
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

/// Between two looks at the memory. A process that lives shorter is missed; compilers live for seconds.
const INTERVAL: Duration = Duration::from_millis(40);

/// The cost of a command with all its children.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds of processor time.
    pub processor: f64,
    /// Seconds from start to end.
    pub elapsed: f64,
    /// The greatest sum of the resident memory of all its processes, in MiB.
    pub peak_mib: f64,
}

/// Runs a command and measures it.
///
/// # Errors
/// If it cannot be started or fails.
pub(super) fn measure(command: &mut Command) -> anyhow::Result<Cost> {
    let before = children_seconds()?;
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(tree_kib(child.id()));
        std::thread::sleep(INTERVAL);
    };
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(Cost {
        processor: children_seconds()? - before,
        elapsed: start.elapsed().as_secs_f64(),
        peak_mib: peak as f64 / 1024.0,
    })
}

/// Processor time of all children that have ended and of theirs, in seconds.
fn children_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("processor time needs Linux")?;
    let fields = after_name(&stat).context("/proc/self/stat is unreadable")?;
    // Fields 16 and 17 of proc(5); the first one after the name is field 3.
    let ticks: u64 =
        [13, 14].iter().filter_map(|index| fields.get(*index)?.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / ticks_per_second() as f64)
}

#[cfg(unix)]
fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

#[cfg(unix)]
fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

/// Without `/proc`, nothing is counted in these units.
#[cfg(not(unix))]
fn ticks_per_second() -> u64 {
    1
}

#[cfg(not(unix))]
fn page_size() -> u64 {
    1
}

/// The fields after the name of a program, which may contain spaces and parentheses.
fn after_name(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

/// The resident memory of a process and its descendants, in KiB.
fn tree_kib(root: u32) -> u64 {
    let mut parents: BTreeMap<u32, u32> = BTreeMap::new();
    let mut memory: BTreeMap<u32, u64> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some(fields) = after_name(&stat) else { continue };
        // Fields 4 and 24 of proc(5).
        let field = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
        if let (Some(parent), Some(pages)) = (field(1), field(21)) {
            parents.insert(id, u32::try_from(parent).unwrap_or_default());
            memory.insert(id, pages * page_size() / 1024);
        }
    }
    let belongs = |id: u32| {
        let mut above = Some(&id);
        // As many steps as there are processes: the table changes while it is read.
        for _ in 0..=parents.len() {
            match above {
                Some(above) if *above == root => return true,
                Some(id) => above = parents.get(id),
                None => return false,
            }
        }
        false
    };
    memory.iter().filter(|(id, _)| belongs(**id)).map(|(_, kib)| kib).sum()
}

/// The first line that a command prints.
///
/// # Errors
/// If it cannot be run.
pub(super) fn first_line(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_do_not_shift_the_fields() {
        let fields = after_name("7 (a) b (c) S 1 7 7").unwrap();
        assert_eq!(fields, ["S", "1", "7", "7"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cost_includes_children() {
        // A shell that starts another one, which counts.
        let count = "i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done";
        let mut command = Command::new("sh");
        command.args(["-c", &format!("sh -c '{count}'; true")]);
        let cost = measure(&mut command).unwrap();
        assert!(cost.processor > 0.0 && cost.elapsed > 0.0, "{cost:?}");
        assert!(measure(Command::new("sh").args(["-c", "exit 3"])).is_err());
    }
}
