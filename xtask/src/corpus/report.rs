//! The result of a run as tables: a row a file, and the causes over all files.

use std::{collections::BTreeMap, fmt::Write as _};

use super::Row;

/// How many causes of a file are shown.
const SHOWN: usize = 3;
/// A cause is cut after this many characters.
const LONGEST: usize = 140;

/// A row for each file, and the totals.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| File | Format | Operations | Generated | Unions | Any value | Compiles | Calls | Samples | Seconds | First causes |\n\
         |---|---|---:|---:|---:|---:|---|---:|---:|---:|---|\n",
    );
    for row in rows {
        let (compiles, calls, samples) = build(row);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {compiles} | {calls} | {samples} | {:.1} | {} |",
            row.file,
            row.format,
            row.operations,
            row.generated,
            row.unions,
            row.any_value_unions,
            row.seconds,
            first_causes(row),
        );
    }
    let sum = |of: fn(&Row) -> usize| rows.iter().map(of).sum::<usize>();
    let (operations, generated) = (sum(|row| row.operations), sum(|row| row.generated));
    let whole = rows.iter().filter(|row| row.is_whole()).count();
    let _ = write!(
        text,
        "\n{} files, {whole} whole; {generated} of {operations} operations generated ({:.1} %); {} of {} unions are any value",
        rows.len(),
        percent(generated, operations),
        sum(|row| row.any_value_unions),
        sum(|row| row.unions),
    );
    let built: Vec<_> = rows.iter().filter_map(|row| row.build.as_ref()).collect();
    if !built.is_empty() {
        let passed = |of: fn(&super::Build) -> (usize, usize)| {
            let (passed, all) = built
                .iter()
                .map(|build| of(build))
                .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            format!("{passed} of {all}")
        };
        let compile = built.iter().filter(|build| build.errors.is_empty()).count();
        let _ = write!(
            text,
            "; {compile} of {} crates compile, {} calls and {} samples pass",
            built.len(),
            passed(|build| build.calls),
            passed(|build| build.samples),
        );
    }
    text.push('\n');
    text
}

/// The causes over all files, the one with the most operations first: why operations are missing, and what fails in the
/// crates.
pub fn causes(rows: &[Row]) -> String {
    let mut causes: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    let mut add = |cause, count, file| {
        let entry = causes.entry(cause).or_default();
        entry.0 += count;
        entry.1.push(file);
    };
    for row in rows {
        if let Some(failure) = &row.failure {
            add(failure.as_str(), row.operations.max(1), row.file.as_str());
        }
        for (cause, count) in &row.causes {
            add(cause, *count, &row.file);
        }
        for failure in row.build.iter().flat_map(|build| build.errors.iter().chain(&build.failures))
        {
            add(failure, 1, &row.file);
        }
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(cause, (count, _))| (std::cmp::Reverse(*count), *cause));
    let mut text = String::from("| Operations | Files | Cause |\n|---:|---|---|\n");
    for (cause, (count, mut files)) in causes {
        files.sort_unstable();
        files.dedup();
        let more = if files.len() > SHOWN {
            format!(" and {} more", files.len() - SHOWN)
        } else {
            String::new()
        };
        let shown = files.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "| {count} | {shown}{more} | {} |", cell(cause));
    }
    text
}

/// Names and numbers in a message are replaced, so that equal causes are counted together.
pub fn cause(rule: &str, message: &str) -> String {
    let mut text = format!("{rule}: ");
    for (index, part) in message.split('`').enumerate() {
        if index % 2 == 1 {
            text.push_str("`…`");
            continue;
        }
        let mut is_number = false;
        for c in part.chars() {
            match c.is_ascii_digit() {
                true if is_number => {}
                true => text.push('N'),
                false => text.push(c),
            }
            is_number = c.is_ascii_digit();
        }
    }
    text
}

impl Row {
    /// Whether every operation is generated.
    pub fn is_whole(&self) -> bool {
        self.failure.is_none() && self.generated >= self.operations
    }
}

impl Row {
    /// Whether every operation is generated and, if it was tried, compiles and passes its tests.
    pub fn succeeded(&self) -> bool {
        let build = self.build.as_ref();
        self.is_whole()
            && build.is_none_or(|build| build.errors.is_empty() && build.failures.is_empty())
    }
}

fn build(row: &Row) -> (String, String, String) {
    let Some(build) = &row.build else { return Default::default() };
    let compiles = match build.errors.len() {
        0 => "yes".to_owned(),
        errors => format!("**no**, {errors}"),
    };
    let of = |(passed, all): (usize, usize)| {
        if all == 0 { String::new() } else { format!("{passed}/{all}") }
    };
    (compiles, of(build.calls), of(build.samples))
}

fn first_causes(row: &Row) -> String {
    if let Some(failure) = &row.failure {
        return cell(failure);
    }
    let mut causes: Vec<_> = row.causes.iter().collect();
    causes.sort_by_key(|(cause, count)| (std::cmp::Reverse(**count), *cause));
    let shown =
        causes.iter().take(SHOWN).map(|(cause, count)| format!("{count} × {}", cell(cause)));
    shown.collect::<Vec<_>>().join("; ")
}

fn cell(text: &str) -> String {
    let line = text.replace(['\n', '|'], " ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(file: &str, operations: usize, generated: usize, causes: &[(&str, usize)]) -> Row {
        Row {
            file: file.to_owned(),
            operations,
            generated,
            causes: causes.iter().map(|(cause, count)| ((*cause).to_owned(), *count)).collect(),
            ..Row::default()
        }
    }

    #[test]
    fn equal_causes_of_several_files_are_added() {
        let rows = [
            row("a.json", 9, 4, &[("alternatives", 5)]),
            row("b.json", 3, 1, &[("alternatives", 1), ("enum_types", 1)]),
            Row { failure: Some("not valid".to_owned()), ..row("c.json", 2, 0, &[]) },
        ];
        assert_eq!(
            causes(&rows),
            "| Operations | Files | Cause |\n|---:|---|---|\n| 6 | a.json, b.json | alternatives |\n\
             | 2 | c.json | not valid |\n| 1 | b.json | enum_types |\n"
        );
        assert!(table(&rows).contains("3 files, 0 whole; 5 of 14 operations generated (35.7 %)"));
    }

    #[test]
    fn names_do_not_separate_causes() {
        let message = "the schema `A` has a reserved name";
        assert_eq!(
            cause("schema_names", message),
            "schema_names: the schema `…` has a reserved name"
        );
        assert_eq!(cause("a", "alternative 12 also accepts 3"), "a: alternative N also accepts N");
        assert_eq!(cell(&"x".repeat(200)).chars().count(), LONGEST + 1);
    }
}
