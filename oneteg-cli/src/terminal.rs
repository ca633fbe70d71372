//! What the terminal can show.

use std::{
    env,
    io::{self, IsTerminal as _},
};

use crate::arguments::global::ColorChoice;

/// What the streams of this process are, and what a terminal behind them can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Whether standard input is a terminal: whether a person can be asked.
    pub(crate) stdin: bool,
    /// Whether standard output is a terminal.
    pub(crate) stdout: bool,
    /// Whether standard error is a terminal: whether progress is drawn.
    pub(crate) stderr: bool,
    /// Whether other characters than ASCII may be drawn. Names and values are always printed unchanged.
    pub(crate) unicode: bool,
    /// Whether standard error may be coloured and its lines redrawn. For text, `anstream` decides.
    pub(crate) color: bool,
    /// The width in columns, if standard output is a terminal.
    pub(crate) width: Option<u16>,
}

impl Terminal {
    /// Reads the environment, and sets how `anstream` colours.
    pub(crate) fn detect(choice: ColorChoice) -> Self {
        let choice = match choice {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let stdout = io::stdout().is_terminal();
        let columns = || env::var("COLUMNS").ok()?.parse().ok();
        let measured = || terminal_size::terminal_size().map(|(width, _)| width.0);
        Self {
            stdin: io::stdin().is_terminal(),
            stdout,
            stderr: io::stderr().is_terminal(),
            unicode: is_unicode(|name| env::var(name).ok()),
            color: anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
            width: if stdout { columns().or_else(measured) } else { None },
        }
    }
}

/// Whether the locale has Unicode: the first of the variables that is set decides (POSIX, 8.2). Without any, the locale
/// is `C`, except on Windows, whose consoles draw Unicode.
fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match locale {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => cfg!(windows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_decides_about_unicode() {
        let of = |variables: &'static [(&str, &str)]| {
            is_unicode(|name| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(of(&[("LANG", "de_CH.UTF-8")]));
        assert!(of(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!of(&[("LC_ALL", "C"), ("LANG", "de_CH.UTF-8")]));
        assert!(of(&[("LC_ALL", ""), ("LANG", "de_CH.UTF-8")]));
        assert!(!of(&[("LANG", "de_CH.ISO-8859-1")]));
        assert_eq!(of(&[]), cfg!(windows));
    }
}
