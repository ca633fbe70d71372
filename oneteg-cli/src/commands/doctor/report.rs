//! Prints findings: lines for people, or JSON.

use std::io::Write as _;

use anstyle::AnsiColor;

use super::finding::{Finding, State};
use crate::{context::Context, error::CliError, output::printable};

/// The width of the names of states and checks.
const STATE: usize = 8;
const CHECK: usize = 13;

pub(super) fn print(context: &Context, json: bool, findings: &[Finding]) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    let shown = if json {
        let value = serde_json::to_string_pretty(findings).map_err(std::io::Error::from)?;
        format!("{value}\n")
    } else {
        lines(findings, width(context))
    };
    out.write_all(shown.as_bytes()).and_then(|()| out.flush()).map_err(CliError::output)
}

/// The width of the lines: of the terminal, within limits; unlimited elsewhere.
fn width(context: &Context) -> usize {
    match (context.terminal.stdout, context.terminal.width) {
        (false, _) => usize::MAX,
        (true, None) => 80,
        (true, Some(width)) => usize::from(width).clamp(60, 110),
    }
}

fn lines(findings: &[Finding], width: usize) -> String {
    let mut lines = String::from("This machine\n");
    let mut connection = None;
    for finding in findings {
        if finding.connection != connection {
            connection.clone_from(&finding.connection);
            lines.push_str(&format!("\n{}\n", connection.as_deref().unwrap_or("This machine")));
        }
        let style = match finding.state {
            State::Ok => AnsiColor::Green.on_default(),
            State::Skipped => anstyle::Style::new().dimmed(),
            State::Warning => AnsiColor::Yellow.on_default().bold(),
            State::Problem => AnsiColor::Red.on_default().bold(),
        };
        let state = format!("{:STATE$}", finding.state.name());
        let indent = 2 + STATE + 1 + CHECK + 1;
        let head = format!("  {style}{state}{style:#} {:CHECK$} ", finding.check);
        lines.push_str(&head);
        lines.push_str(&wrapped(&printable(&finding.found), indent, width));
        if let Some(remedy) = &finding.remedy {
            lines.push_str(&format!("{:indent$}", ""));
            lines.push_str(&wrapped(&printable(remedy), indent, width));
        }
    }
    lines
}

/// Words in lines of a width, all but the first indented. A word that is too long stays whole.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut wrapped = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            wrapped.push_str(&format!("\n{:indent$}", ""));
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_lines_with_what_to_do_below() {
        let findings = [
            Finding::ok("files", "all is well"),
            Finding::problem(
                "tls",
                "the certificate is unknown",
                "Add its issuer to the trust store",
            )
            .of("acme"),
        ];
        let shown = anstream::adapter::strip_str(&lines(&findings, 50)).to_string();
        assert_eq!(
            shown,
            "This machine\n  ok       files         all is well\n\nacme\n  problem  tls           the certificate is\n                         \
             unknown\n                         Add its issuer to the\n                         trust store\n"
        );
    }
}
