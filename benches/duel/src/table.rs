//! The table of the documentation.

use std::fmt::Write as _;

use crate::{
    DuelResult,
    contestant::KINDS,
    scenario::{Cell, Fate, Outcome, SCENARIOS},
};

const BEGIN: &str = "<!-- begin: written by cargo xtask duel -->\n";
const END: &str = "<!-- end -->";

/// Rows are scenarios, columns are clients.
pub fn render(cells: &[Cell], rounds: usize) -> String {
    let mut table = format!("{rounds} rounds each.\n\n| Scenario |");
    for kind in KINDS {
        let _ = write!(table, " {} |", kind.name());
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(KINDS.len()));
    table.push('\n');
    for scenario in SCENARIOS {
        let _ = write!(table, "| {} |", scenario.name());
        for kind in KINDS {
            let cell = cells.iter().find(|cell| cell.scenario == scenario && cell.kind == kind);
            let outcomes = cell.and_then(|cell| cell.outcomes.as_ref());
            let _ = write!(table, " {} |", outcomes.map_or_else(|| "–".into(), |all| text(all)));
        }
        table.push('\n');
    }
    table
}

fn text(outcomes: &[Outcome]) -> String {
    let count = |fate| outcomes.iter().filter(|outcome| outcome.fate == fate).count();
    let all = outcomes.len();
    let fates = [(Fate::Kept, "kept"), (Fate::Reported, "reported"), (Fate::Lost, "**lost**")];
    let fates: Vec<_> = fates
        .into_iter()
        .filter_map(|(fate, name)| match count(fate) {
            0 => None,
            number if number == all => Some(name.to_owned()),
            number => Some(format!("{name} {number} of {all}")),
        })
        .collect();
    let range = |values: &dyn Fn(&Outcome) -> u64| {
        let values = || outcomes.iter().map(values);
        match (values().min().unwrap_or_default(), values().max().unwrap_or_default()) {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        }
    };
    let requests = range(&|outcome| outcome.requests);
    let failed = range(&|outcome| outcome.failed as u64);
    let calls = outcomes.first().map_or(0, |outcome| outcome.calls);
    format!("{}; {requests} sent, {failed} of {calls} failed", fates.join(", "))
}

/// Replaces the table of a page.
pub fn insert(page: &str, table: &str) -> DuelResult<String> {
    let missing = || format!("the page has no lines `{}` and `{END}`", BEGIN.trim_end());
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}
