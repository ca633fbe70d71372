//! The table of choices for readers, as Markdown.

use super::{SandboxChoice, of};

/// The choices of the vendors as Markdown: a heading and a table for each.
#[must_use]
pub fn markdown(vendors: &[&str]) -> String {
    let mut text = String::new();
    for vendor in vendors {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("### {vendor}\n\n| Name | Choice | Value |\n|---|---|---|\n"));
        for (name, choice) in of(vendor) {
            text.push_str(&format!(
                "| `{name}` | {} | {} |\n",
                cell(&sentence(choice)),
                cell(&format!("`{}`", choice.value()))
            ));
        }
    }
    text
}

fn sentence(choice: &SandboxChoice) -> String {
    let reason = choice.reason.iter().map(|reason| format!(" {reason}"));
    let evidence = choice.evidence.iter().map(|evidence| format!(" Evidence: {evidence}."));
    choice.choice.clone() + &reason.chain(evidence).collect::<String>()
}

/// Text without what would end a cell of the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_end_its_row() {
        assert_eq!(cell("a|b\nc"), "a\\|b c");
        let all = markdown(&oneteg_catalog::VENDORS);
        let rows = all.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(
            rows.count(),
            oneteg_catalog::VENDORS.iter().map(|vendor| of(vendor).len()).sum::<usize>()
        );
    }
}
