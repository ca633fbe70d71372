//! `cargo xtask coverage`: how many of the known operations of a vendor are specified, generated, tested by
//! a wire snapshot, and served by the sandbox, from samples or by a stateful handler.
//!
//! The numbers are committed. `--check` fails if one decreases, or if the report is out of date.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{
    catalog, model, names,
    spec::{INVENTORY_FILE, Source, Spec, parse_yaml},
    stdout::out,
    surface,
    workspace::{self, Vendor},
};

/// The committed report.
const REPORT: &str = "docs/coverage.md";
const STAGES: [&str; 6] = ["known", "specified", "generated", "wire", "sandbox", "stateful"];

/// The operations of a tag in each stage.
type Stages = BTreeMap<&'static str, BTreeSet<String>>;

/// Prints the tables of the named vendors, or of all; writes the report, or compares with it.
///
/// # Errors
/// If an input cannot be read; with `check`, if a number decreased or the report is out of date.
pub fn run(vendors: &[String], write: bool, check: bool) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut report = String::from(
        "# Coverage\n\nWritten by `cargo xtask coverage --write`; a number that falls fails \
         `cargo xtask test`. *known*: in `specs/<vendor>/inventory.yaml`; *wire*: guarded by a \
         snapshot of what is sent; *sandbox*: served by it; *stateful*: what a client writes, it reads back.\n",
    );
    for vendor in workspace::vendors(&root, vendors)? {
        let tags = measure(&root, &vendor)?;
        let _ = write!(report, "\n## {}\n\n{}", vendor.name, table(&tags));
        if !check && !write {
            out!("{}\n\n{}", vendor.name, table(&tags));
            out!("{}", missing(&tags));
        }
    }
    let path = root.join(REPORT);
    if write {
        fs::write(&path, &report)?;
    }
    if check {
        let committed = fs::read_to_string(&path).unwrap_or_default();
        if let Some(decrease) = decrease(&committed, &report) {
            bail!(
                "coverage decreased: {decrease}; restore what is missing, or run `cargo xtask coverage --write` if it was \
                 removed on purpose"
            );
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
    let mut tag_of: BTreeMap<String, String> = BTreeMap::new();
    for (tag, operations) in inventory(root, vendor)? {
        for operation in operations {
            tag_of.insert(operation.clone(), tag.clone());
            add(&tag, "known", operation);
        }
    }
    let (spec, _) = Spec::read(root, &vendor.specs())?;
    for operation in model::operations(&spec) {
        let tag = names::feature(&operation.tag);
        tag_of.insert(operation.ident(), tag.clone());
        add(&tag, "specified", operation.ident());
    }
    for (tag, operation) in surface::operations(root, vendor)? {
        add(&tag, "generated", operation);
    }
    let snapshots = root.join(vendor.sdk()).join("tests/snapshots");
    for entry in fs::read_dir(snapshots).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let operation = name.strip_prefix("wire__").and_then(|name| name.strip_suffix(".snap"));
        if let Some((operation, tag)) = operation.and_then(|name| Some((name, tag_of.get(name)?))) {
            add(tag, "wire", operation.to_owned());
        }
    }
    // The sandbox serves what its catalog has; a test calls each.
    for name in cataloged(root, vendor) {
        let operation = names::snake(&name);
        if let Some(tag) = tag_of.get(&operation) {
            add(tag, "sandbox", operation);
        }
    }
    // A test of the sandbox calls every operation of this list.
    let served = root.join(format!("oneteg-sandbox/served/{}.txt", vendor.name));
    for name in fs::read_to_string(served).unwrap_or_default().lines() {
        let operation = names::snake(name.trim());
        if let Some(tag) = tag_of.get(&operation) {
            add(tag, "stateful", operation);
        }
    }
    Ok(tags)
}

/// The ids of the operations in the catalog of a vendor, if the sandbox has a stand-in.
fn cataloged(root: &Path, vendor: &Vendor) -> Vec<String> {
    if !root.join(format!("oneteg-sandbox/src/{}", vendor.name)).is_dir() {
        return Vec::new();
    }
    let file = root.join(catalog::FOLDER).join(format!("{}.json.deflate", vendor.name));
    let catalog = fs::read(file).ok().and_then(|packed| catalog::inflate(&packed).ok());
    let operations = catalog.as_ref().and_then(|catalog| catalog["operations"].as_array());
    let ids = operations.into_iter().flatten().filter_map(|entry| entry["operation_id"].as_str());
    ids.map(str::to_owned).collect()
}

/// The known operations by tag, with the names of the generated methods.
fn inventory(root: &Path, vendor: &Vendor) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let path = vendor.specs().join(INVENTORY_FILE);
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
    let mut table = format!("| tag | {} |\n", STAGES.join(" | "));
    table.push_str(&format!("|---|{}\n", "---:|".repeat(STAGES.len())));
    let mut totals = [0; STAGES.len()];
    for (tag, stages) in tags {
        let counts = STAGES.map(|stage| stages.get(stage).map_or(0, BTreeSet::len));
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
        let _ =
            writeln!(table, "| {tag} | {} |", counts.map(|count| count.to_string()).join(" | "));
    }
    let _ = writeln!(table, "| **all** | {} |", totals.map(|count| count.to_string()).join(" | "));
    table
}

/// The operations that are known but missing in a stage, and the other way round.
fn missing(tags: &BTreeMap<String, Stages>) -> String {
    let empty = BTreeSet::new();
    let mut lines = String::new();
    for (tag, stages) in tags {
        let known = stages.get("known").unwrap_or(&empty);
        for stage in &STAGES[1..] {
            let reached = stages.get(stage).unwrap_or(&empty);
            for operation in known.difference(reached) {
                let _ = writeln!(lines, "missing in {stage}: {tag}/{operation}");
            }
            for operation in reached.difference(known) {
                let _ = writeln!(lines, "not in the inventory: {tag}/{operation} ({stage})");
            }
        }
    }
    lines
}

/// The first number that is lower than before.
fn decrease(before: &str, after: &str) -> Option<String> {
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

    const REPORT: &str = "## netx\n\n| tag | k | s | g | w | b | f |\n|---|---:|---:|---:|---:|---:|---:|\n| assets | 7 | 7 | 7 | 6 | 5 | 5 |\n";

    #[test]
    fn a_lower_number_is_a_decrease() {
        assert_eq!(decrease(REPORT, REPORT), None);
        assert_eq!(decrease(REPORT, &REPORT.replace("| 6 |", "| 7 |")), None);
        let message = decrease(REPORT, &REPORT.replace("| 6 |", "| 5 |")).unwrap();
        assert_eq!(message, "netx/assets: wire was 6 and is 5");
        assert!(decrease(REPORT, "").is_some());
    }
}
