//! `cargo xtask coverage`: how much of what is known of a vendor's API is specified, generated,
//! guarded by a wire snapshot and served by the sandbox. A number that falls fails the tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{
    model, names,
    spec::{INVENTORY, Source, Spec, parse_yaml},
    surface,
    workspace::{self, Vendor},
};

/// Where the numbers are committed.
const REPORT: &str = "docs/coverage.md";
const STAGES: [&str; 5] = ["known", "specified", "generated", "wire", "sandbox"];

/// The operations of a tag, by stage.
type Stages = BTreeMap<&'static str, BTreeSet<String>>;

/// Prints the table of the named vendors, writes the report, or compares with it.
///
/// # Errors
/// When an input cannot be read; with `check`, when a number fell or the report is not up to date.
pub fn run(vendors: &[String], write: bool, check: bool) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut report = String::from(
        "# Coverage\n\nWritten by `cargo xtask coverage --write`; a number that falls fails \
         `cargo xtask test`. *known*: in `specs/<vendor>/inventory.yaml`; *wire*: guarded by a \
         snapshot of what is sent.\n",
    );
    for vendor in workspace::vendors(&root, vendors)? {
        let tags = measure(&root, &vendor)?;
        let _ = write!(report, "\n## {}\n\n{}", vendor.name, table(&tags));
        if !check && !write {
            println!("{}\n\n{}", vendor.name, table(&tags));
            println!("{}", missing(&tags));
        }
    }
    let path = root.join(REPORT);
    if write {
        fs::write(&path, &report)?;
    }
    if check {
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if let Some(fall) = fall(&committed, &report) {
            bail!("coverage fell: {fall}");
        }
        if committed != report {
            bail!("{REPORT} is out of date; run `cargo xtask coverage --write` and commit it");
        }
    }
    Ok(())
}

fn measure(root: &Path, vendor: &Vendor) -> anyhow::Result<BTreeMap<String, Stages>> {
    let mut tags: BTreeMap<String, Stages> = BTreeMap::new();
    let mut add = |tag: &str, stage: &'static str, operation: String| {
        let stages = tags.entry(tag.to_owned()).or_default();
        stages.entry(stage).or_default().insert(operation);
    };
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    for (tag, operations) in inventory(root, vendor)? {
        for operation in operations {
            homes.insert(operation.clone(), tag.clone());
            add(&tag, "known", operation);
        }
    }
    let (spec, _) = Spec::read(root, &vendor.specs())?;
    for operation in model::operations(&spec) {
        let tag = names::feature(&operation.tag);
        homes.insert(operation.ident(), tag.clone());
        add(&tag, "specified", operation.ident());
    }
    for (tag, operation) in surface::operations(root, vendor)? {
        add(&tag, "generated", operation);
    }
    let snapshots = root.join(vendor.sdk()).join("tests/snapshots");
    for entry in fs::read_dir(snapshots).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let operation = name.strip_prefix("wire__").and_then(|name| name.strip_suffix(".snap"));
        if let Some((operation, tag)) = operation.and_then(|name| Some((name, homes.get(name)?))) {
            add(tag, "wire", operation.to_owned());
        }
    }
    // The list is the sandbox's own; one of its tests calls every operation on it.
    let served = root.join(format!("oneteg-sandbox/served/{}.txt", vendor.name));
    for name in fs::read_to_string(served).unwrap_or_default().lines() {
        let operation = names::snake(name.trim());
        if let Some(tag) = homes.get(&operation) {
            add(tag, "sandbox", operation);
        }
    }
    Ok(tags)
}

/// The known operations by tag, in generated names.
fn inventory(root: &Path, vendor: &Vendor) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let path = vendor.specs().join(INVENTORY);
    let text = fs::read_to_string(root.join(&path))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let value = parse_yaml(&Source { path, text })?;
    let Some(tags) = value.get("operations").and_then(Value::as_object) else {
        bail!("the inventory of {} has no `operations`", vendor.name);
    };
    Ok(tags
        .iter()
        .map(|(tag, list)| {
            let list = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            (names::feature(tag), list.map(names::snake).collect())
        })
        .collect())
}

fn table(tags: &BTreeMap<String, Stages>) -> String {
    let mut text = String::from("| tag | known | specified | generated | wire | sandbox |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|\n");
    let mut totals = [0; STAGES.len()];
    for (tag, stages) in tags {
        let counts = STAGES.map(|stage| stages.get(stage).map_or(0, BTreeSet::len));
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
        let _ = writeln!(text, "| {tag} | {} |", counts.map(|count| count.to_string()).join(" | "));
    }
    let _ = writeln!(text, "| **all** | {} |", totals.map(|count| count.to_string()).join(" | "));
    text
}

/// What is known, but missing further on.
fn missing(tags: &BTreeMap<String, Stages>) -> String {
    let nothing = BTreeSet::new();
    let mut text = String::new();
    for (tag, stages) in tags {
        let known = stages.get("known").unwrap_or(&nothing);
        for stage in &STAGES[1..] {
            let there = stages.get(stage).unwrap_or(&nothing);
            for operation in known.difference(there) {
                let _ = writeln!(text, "missing in {stage}: {tag}/{operation}");
            }
            for operation in there.difference(known) {
                let _ = writeln!(text, "not in the inventory: {tag}/{operation} ({stage})");
            }
        }
    }
    text
}

/// The first number that is lower than it was.
fn fall(before: &str, after: &str) -> Option<String> {
    let after = rows(after);
    for (key, counts) in rows(before) {
        let now = after.get(&key).cloned().unwrap_or_default();
        for (index, stage) in STAGES.iter().enumerate() {
            let was = counts.get(index).copied().unwrap_or(0);
            let is = now.get(index).copied().unwrap_or(0);
            if is < was {
                return Some(format!("{}/{}: {stage} was {was} and is {is}", key.0, key.1));
            }
        }
    }
    None
}

/// The numbers of a report by vendor and tag.
fn rows(report: &str) -> BTreeMap<(String, String), Vec<usize>> {
    let mut vendor = String::new();
    let mut rows = BTreeMap::new();
    for line in report.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            vendor = name.to_owned();
        }
        let cells: Vec<&str> =
            line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let numbers: Vec<usize> =
            cells.iter().skip(1).filter_map(|cell| cell.parse().ok()).collect();
        if let [tag, ..] = cells.as_slice()
            && numbers.len() == STAGES.len()
        {
            rows.insert((vendor.clone(), (*tag).to_owned()), numbers);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "## netx\n\n| tag | k | s | g | w | b |\n|---|---:|---:|---:|---:|---:|\n| assets | 7 | 7 | 7 | 6 | 5 |\n";

    #[test]
    fn notices_a_fall_and_nothing_else() {
        assert_eq!(fall(REPORT, REPORT), None);
        assert_eq!(fall(REPORT, &REPORT.replace("| 6 |", "| 7 |")), None);
        let fallen = fall(REPORT, &REPORT.replace("| 6 |", "| 5 |")).unwrap();
        assert_eq!(fallen, "netx/assets: wire was 6 and is 5");
        assert!(fall(REPORT, "").is_some());
    }
}
