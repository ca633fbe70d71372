//! What every command needs.

use std::{fmt, io::Write as _};

use oneteg_auth::Profiles;

use crate::{arguments::GlobalArguments, error::CliError, settings::Settings, terminal::Terminal};

/// Profiles, settings, terminal and verbosity.
#[derive(Debug)]
pub(crate) struct Context {
    /// The connections.
    pub(crate) profiles: Profiles,
    /// The settings file.
    pub(crate) settings: Settings,
    pub(crate) terminal: Terminal,
    /// Neither notes nor progress.
    pub(crate) quiet: bool,
    /// 0: no wire log, 1: without bodies, 2: with bodies.
    pub(crate) verbose: u8,
    /// What it was made of.
    pub(crate) global: GlobalArguments,
}

impl Context {
    pub(crate) fn new(arguments: &GlobalArguments) -> Result<Self, CliError> {
        let terminal = Terminal::detect(arguments.color);
        let profiles = match &arguments.config_dir {
            Some(folder) => Profiles::in_folder(folder),
            None => Profiles::open()?,
        };
        let settings = Settings::load(profiles.folder())?;
        let (quiet, verbose) = (arguments.quiet, arguments.verbose);
        let global = arguments.clone();
        Ok(Self { profiles, settings, terminal, quiet, verbose, global })
    }

    /// Prints a note to standard error, unless notes are not wanted.
    pub(crate) fn note(&self, note: impl fmt::Display) {
        if !self.quiet {
            // A note that nobody reads is no failure.
            let _ = writeln!(anstream::stderr().lock(), "{note}");
        }
    }

    /// Prints a warning to standard error, also when notes are not wanted.
    pub(crate) fn warn(&self, warning: impl fmt::Display) {
        let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(anstream::stderr().lock(), "{yellow}warning:{yellow:#} {warning}");
    }
}
