//! The figures as tables in `docs/benchmarks.md`, and the plots next to them.

use std::{fmt::Write as _, fs, path::Path, path::PathBuf};

use super::{
    number::{number, thousands},
    plot,
    results::{Build, Figure, Generation, Machine, Measured, Point, Results},
};
use crate::marked;

/// The page, relative to the workspace.
pub const PAGE: &str = "docs/benchmarks.md";
/// The folder of the plots.
const PLOTS: &str = "docs/benchmarks";

/// The page with the tables of all figures, and the plots: paths relative to the workspace, and contents.
///
/// # Errors
/// If the page cannot be read or has lost the marks around a table.
pub fn render(root: &Path, results: &Results) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut page = fs::read_to_string(root.join(PAGE))?;
    let mut files = Vec::new();
    let mut plot = |name: &str, svg: String| {
        files.push((Path::new(PLOTS).join(name), svg));
        format!("\n![](benchmarks/{name})\n")
    };
    let mut section = |name: &str, text: String| -> anyhow::Result<()> {
        page = marked::replaced(&page, &format!("bench {name}"), &text)?;
        Ok(())
    };
    if let Some(Measured { on, rows }) = &results.compile {
        let text = format!(
            "{}{}{}",
            conditions(on),
            builds(rows),
            plot("compile.svg", plot::builds(rows)?)
        );
        section("compile", text)?;
    }
    if let Some(Measured { on, rows }) = &results.generate {
        section("generate", format!("{}{}", conditions(on), generations(rows)))?;
    }
    if let Some(Measured { on, rows }) = &results.run {
        let text =
            format!("{}{}{}", conditions(on), figures(rows), plot("run.svg", plot::figures(rows)?));
        section("run", text)?;
    }
    if let Some(Measured { on, rows }) = &results.growth {
        let mut text = conditions(on);
        for (index, curve) in curves(rows).into_iter().enumerate() {
            text.push_str(&points(&curve));
            text.push_str(&plot(&format!("growth-{}.svg", index + 1), plot::curve(&curve)?));
        }
        section("growth", text)?;
    }
    files.push((PAGE.into(), page));
    Ok(files)
}

fn conditions(on: &Machine) -> String {
    format!(
        "{}, {}, {} cores, {} GiB, {}; load {:.1}.\n\n",
        on.date, on.processor, on.cores, on.memory_gib, on.rust, on.load
    )
}

fn builds(rows: &[Build]) -> String {
    let mut table = String::from(
        "| Client | Crates | Lines | Check | Ratio | Peak memory | Release build | Ratio | Peak memory | Program | Ratio |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let Some(plain) = rows.first() else { return table };
    for row in rows {
        let _ = write!(
            table,
            "| {} | {} | {} | {:.1} s | {:.2} | {:.0} MiB |",
            row.name,
            row.crates,
            row.lines.map_or("–".to_owned(), thousands),
            row.check.processor,
            row.check.processor / plain.check.processor,
            row.check.peak_mib,
        );
        match (&row.release, &plain.release) {
            (Some(cost), Some(plain)) => {
                let ratio = cost.processor / plain.processor;
                let _ = write!(
                    table,
                    " {:.1} s | {ratio:.2} | {:.0} MiB |",
                    cost.processor, cost.peak_mib
                );
            }
            _ => table.push_str(" – | – | – |"),
        }
        match (row.size, plain.size) {
            (Some(size), Some(plain)) => {
                let (size, plain) = (size as f64, plain as f64);
                let _ = writeln!(
                    table,
                    " {:.2} MiB | {:.2} |",
                    size / f64::from(1 << 20),
                    size / plain
                );
            }
            _ => table.push_str(" – | – |\n"),
        }
    }
    table
}

fn generations(rows: &[Generation]) -> String {
    let mut table = String::from(
        "| Generator | Operations | Lines | Time | For 1,000 lines | For 100 operations |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.2} s | {:.1} ms | {:.2} s |",
            row.name,
            row.operations,
            thousands(row.lines),
            row.seconds,
            row.seconds * 1e6 / row.lines.max(1) as f64,
            row.seconds * 100.0 / row.operations.max(1) as f64,
        );
    }
    table
}

fn figures(rows: &[Figure]) -> String {
    let mut text = String::new();
    for (index, Figure { group, .. }) in rows.iter().enumerate() {
        if rows[..index].iter().any(|earlier| earlier.group == *group) {
            continue;
        }
        let _ = write!(
            text,
            "**{group}**\n\n| What | Ours | Baseline | Ratio | Better |\n|---|---:|---:|---:|---|\n",
        );
        for row in rows.iter().filter(|row| row.group == *group) {
            let better = if row.higher_is_better { "higher" } else { "lower" };
            let _ = writeln!(
                text,
                "| {} | {} {} | {} {}, {} | {:.2} | {better} |",
                row.name,
                number(row.ours),
                row.unit,
                number(row.baseline),
                row.unit,
                row.against,
                row.ratio
            );
        }
        text.push('\n');
    }
    text
}

/// The points of each curve, in the order in which the curves begin.
fn curves(rows: &[Point]) -> Vec<Vec<&Point>> {
    let mut curves: Vec<Vec<&Point>> = Vec::new();
    for row in rows {
        match curves.iter_mut().find(|curve| curve[0].curve == row.curve) {
            Some(curve) => curve.push(row),
            None => curves.push(vec![row]),
        }
    }
    curves
}

fn points(curve: &[&Point]) -> String {
    let mut table = format!(
        "\n**{}**\n\n| {} | Time | For one | Peak memory |\n|---:|---:|---:|---:|\n",
        curve[0].curve, curve[0].unit
    );
    for point in curve {
        let _ = writeln!(
            table,
            "| {} | {:.2} s | {} µs | {:.1} MiB |",
            thousands(point.x.round() as usize),
            point.seconds,
            number(point.seconds * 1e6 / point.x),
            point.peak_mib
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_in_tables() {
        let figure = |group: &str, name: &str| Figure {
            group: group.into(),
            name: name.into(),
            unit: "s".into(),
            ours: 2.0,
            baseline: 1.0,
            against: "nothing".into(),
            ratio: 2.0,
            higher_is_better: false,
        };
        let text = figures(&[figure("A", "one"), figure("B", "three"), figure("A", "two")]);
        assert_eq!(text.matches("| What |").count(), 2);
        assert!(
            text.contains("| two | 2.00 s | 1.00 s, nothing | 2.00 | lower |\n\n**B**"),
            "{text}"
        );
    }
}
