//! The report for people: Markdown.

use std::{collections::BTreeMap, fmt::Write as _};

use oneteg_auth::Vendor;
use oneteg_catalog::evidence::{Finding, Kind, Mode, Operation, Outcome, Report, Shape, Verdict};

/// How many names a line lists.
const LISTED: usize = 12;

/// The report as Markdown. It is shared, so it does not have the name of the connection, which may be that of a customer.
pub(crate) fn markdown(report: &Report, vendor: Vendor) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = summary(&mut out, report, vendor);
    let _ = differences(&mut out, report);
    let _ = doubts(&mut out, report);
    let _ = paging(&mut out, report);
    let _ = choices(&mut out, report);
    let _ = uploads(&mut out, report);
    let _ = not_seen(&mut out, report);
    out
}

/// The number of differences that no client accepts silently, and of those that the specification lets clients accept.
pub(crate) fn counts(report: &Report) -> (usize, usize) {
    let findings = || report.operations.iter().flat_map(|operation| &operation.findings);
    (
        findings().filter(|finding| !finding.lenient).count(),
        findings().filter(|f| f.lenient).count(),
    )
}

fn with_outcome(report: &Report, outcome: Outcome) -> impl Iterator<Item = &Operation> {
    report.operations.iter().filter(move |operation| operation.outcome == outcome)
}

fn summary(out: &mut String, report: &Report, vendor: Vendor) -> std::fmt::Result {
    let (differences, lenient) = counts(report);
    let mode = match report.mode {
        Mode::Writes => "with writes in a scratch folder",
        _ => "read-only",
    };
    writeln!(out, "# What an account of {} showed of its specification\n", vendor)?;
    writeln!(
        out,
        "`{}` on {}, {mode}. Values in this report are fakes of the same type; only names and words of the vendor are real.\n",
        report.tool, report.date
    )?;
    if let Some(ended) = &report.ended {
        writeln!(out, "**Incomplete.** {ended} `oneteg verify CONNECTION --resume` continues.\n")?;
    }
    for left in &report.left_behind {
        writeln!(out, "**Left at the vendor:** {left}\n")?;
    }
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| requests | {} of at most {} |", report.requests, report.budget)?;
    for (label, outcome) in [
        ("operations compared", Outcome::Seen),
        ("refused to this account", Outcome::Refused),
        ("failed", Outcome::Failed),
        ("not reached", Outcome::NotReached),
        ("not tried", Outcome::NotTried),
    ] {
        writeln!(out, "| {label} | {} |", with_outcome(report, outcome).count())?;
    }
    writeln!(out, "| differences | {differences} |")?;
    writeln!(out, "| differences that the specification lets clients accept | {lenient} |")?;
    for (heading, verdict) in VERDICTS {
        let count = report.doubts.iter().filter(|doubt| doubt.verdict == verdict).count();
        writeln!(out, "| doubts: {} | {count} |", heading.to_lowercase())?;
    }
    writeln!(out)
}

fn differences(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "## Differences\n")?;
    let differing: Vec<&Operation> =
        report.operations.iter().filter(|operation| !operation.findings.is_empty()).collect();
    if differing.is_empty() {
        return writeln!(out, "None.\n");
    }
    for operation in differing {
        writeln!(out, "### {}\n", operation.operation)?;
        writeln!(
            out,
            "| Place | Difference | Specification | Seen | Count |\n|---|---|---|---|---|"
        )?;
        for finding in &operation.findings {
            writeln!(
                out,
                "| {} | {}{} | {} | {} | {} of {} |",
                code(if finding.place.is_empty() { "(response)" } else { &finding.place }),
                kind(finding.kind),
                if finding.lenient { " (accepted)" } else { "" },
                finding.said.as_deref().map(cell).unwrap_or_default(),
                seen(finding),
                finding.count,
                finding.of
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What can become of a doubt, the most useful first.
const VERDICTS: [(&str, Verdict); 6] = [
    ("Contradicted", Verdict::Contradicted),
    ("Found out", Verdict::Answered),
    ("Confirmed", Verdict::Confirmed),
    ("Not reachable", Verdict::NotReachable),
    ("Needs a write", Verdict::NeedsWrite),
    ("Needs an account of another kind", Verdict::NeedsOtherAccount),
];

fn doubts(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.doubts.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Doubts of the specification\n")?;
    for (heading, verdict) in VERDICTS {
        let doubts: Vec<_> =
            report.doubts.iter().filter(|doubt| doubt.verdict == verdict).collect();
        if doubts.is_empty() {
            continue;
        }
        writeln!(out, "### {heading}\n")?;
        let mut last = String::new();
        for doubt in doubts {
            let owner = [&doubt.operation, &doubt.parameter, &doubt.schema, &doubt.member];
            let owner: Vec<&str> = owner.into_iter().flatten().map(String::as_str).collect();
            let owner = match owner.is_empty() {
                true => "The specification as a whole".to_owned(),
                false => code(&owner.join(".")),
            };
            let seen =
                doubt.seen.as_ref().map(|seen| format!(" Seen: {}.", code(&seen.to_string())));
            let reason = doubt.reason.as_ref().map(|reason| format!(" {}", cell(reason)));
            let line = format!(
                "- {owner}: {}{}{}",
                cell(&doubt.doubt),
                seen.unwrap_or_default(),
                reason.unwrap_or_default()
            );
            // A doubt has a verdict for each of its questions.
            if line != last {
                writeln!(out, "{line}")?;
            }
            last = line;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn paging(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.paging.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Pages of lists\n")?;
    writeln!(
        out,
        "| List | Style | Start | Size | Items | Total | Pages read | Overlaps | Stable |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for page in &report.paging {
        let name = |name: &Option<String>| name.as_deref().map(code).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            page.operation,
            cell(&page.style),
            name(&page.start),
            name(&page.size),
            name(&page.items),
            name(&page.total),
            page.pages_read,
            page.overlaps,
            if page.stable { "yes" } else { "no" }
        )?;
    }
    writeln!(out)
}

fn choices(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.choices.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Choices of the sandbox\n\n| Choice | Seen |\n|---|---|")?;
    for choice in &report.choices {
        let seen = choice.value.as_ref().map(|value| code(&value.to_string()));
        writeln!(out, "| {} | {} |", code(&choice.id), seen.unwrap_or_default())?;
    }
    writeln!(out)
}

fn uploads(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.uploads.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Uploads\n\n| Operation | Bytes | Read again |\n|---|---|---|")?;
    for upload in &report.uploads {
        let read = match (upload.verdict, &upload.reason) {
            (Verdict::Confirmed, _) => "the same bytes".to_owned(),
            (_, Some(reason)) => cell(reason),
            (_, None) => "no".to_owned(),
        };
        writeln!(out, "| {} | {} | {read} |", upload.operation, upload.bytes)?;
    }
    writeln!(out)
}

fn not_seen(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "## Not looked at\n")?;
    let mut reasons: BTreeMap<(Outcome, &str), Vec<&str>> = BTreeMap::new();
    for operation in report.operations.iter().filter(|operation| operation.outcome != Outcome::Seen)
    {
        let reason = operation.reason.as_deref().unwrap_or("Unknown.");
        reasons.entry((operation.outcome, reason)).or_default().push(&operation.operation);
    }
    if reasons.is_empty() {
        return writeln!(out, "Everything was looked at.");
    }
    for ((_, reason), operations) in reasons {
        let more = operations.len().saturating_sub(LISTED);
        let listed = operations[..operations.len() - more].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(out, "- {} ({}): {listed}{more}", cell(reason), operations.len())?;
    }
    Ok(())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::UnknownMember => "unknown member",
        Kind::Missing => "missing",
        Kind::Null => "null",
        Kind::Type => "type",
        Kind::EnumValue => "unknown value of an enum",
        Kind::Format => "format",
        Kind::Status => "status",
        Kind::MediaType => "media type",
        Kind::Envelope => "envelope",
        Kind::Content => "content",
        Kind::Paging => "paging",
        _ => "other",
    }
}

/// What was seen, in one cell of a table.
fn seen(finding: &Finding) -> String {
    let mut parts = vec![types(&finding.seen)];
    if !finding.seen.values.is_empty() {
        let values: Vec<String> = finding.seen.values.iter().map(|value| code(value)).collect();
        parts.push(values.join(", "));
    }
    if let Some(example) = &finding.seen.example {
        parts.push(format!("such as {}", code(&example.to_string())));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// The types of a shape, such as `string (date) or null`.
fn types(shape: &Shape) -> String {
    let formats: Vec<&str> = shape.formats.keys().map(String::as_str).collect();
    let mut words: Vec<String> = shape.types.keys().cloned().collect();
    if !formats.is_empty() && words.len() == 1 {
        words[0] = format!("{} ({})", words[0], formats.join(", "));
    }
    if shape.null > 0 {
        words.push("null".to_owned());
    }
    words.join(" or ")
}

/// Text for a cell of a table or an item of a list: on one line, without what Markdown would read.
fn cell(text: &str) -> String {
    let line: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.replace('|', "\\|").replace('<', "&lt;")
}

/// Text as code, whatever it contains.
fn code(text: &str) -> String {
    format!("`{}`", cell(text).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use oneteg_catalog::evidence::Doubt;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_names_each_difference_and_what_was_not_looked_at() {
        let mut report = Report::new("netx", "2026-11-26");
        report.ended = Some("It ended.".to_owned());
        report.doubts.push(Doubt::new("It may be of another release."));
        let mut operation = Operation::new("getAssets");
        operation.outcome = Outcome::Seen;
        let mut finding = Finding::new("/*/colour", Kind::UnknownMember);
        finding.seen.record(&json!("2024-01-01"), 6);
        finding.seen.example = Some(json!("a|b`c<d"));
        operation.findings.push(finding);
        report.operations.push(operation);
        let mut other = Operation::new("deleteAsset");
        other.reason = Some("It may change something.".to_owned());
        report.operations.push(other);
        let shown = markdown(&report, Vendor::NetX);
        assert!(
            shown.contains(
                "| `/*/colour` | unknown member |  | string (date) such as `\"a\\|b'c&lt;d\"` | 1 of 1 |"
            ),
            "{shown}"
        );
        assert!(shown.contains("- It may change something. (1): deleteAsset"), "{shown}");
        assert!(shown.starts_with("# What an account of NetX showed"), "{shown}");
        assert!(shown.contains("`oneteg verify CONNECTION --resume` continues"), "{shown}");
        assert!(shown.contains("- The specification as a whole: It may be of"), "{shown}");
        assert_eq!(counts(&report), (1, 0));
    }

    #[test]
    fn a_report_has_every_verdict_once() {
        let mut report = Report::new("netx", "2026-11-26");
        for (heading, verdict) in VERDICTS {
            let mut doubt = Doubt::new(heading);
            doubt.verdict = verdict;
            report.doubts.extend([doubt.clone(), doubt]);
        }
        let shown = markdown(&report, Vendor::NetX);
        for (heading, _) in VERDICTS {
            assert_eq!(shown.matches(&format!("### {heading}\n\n- ")).count(), 1, "{shown}");
            assert_eq!(shown.matches(&format!(": {heading}\n")).count(), 1, "{shown}");
            assert!(shown.contains(&format!("| doubts: {} | 2 |", heading.to_lowercase())));
        }
    }
}
