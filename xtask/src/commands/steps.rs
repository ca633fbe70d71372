//! Named, timed steps of a command. The first step that fails ends the command.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{stdout::out, workspace};

pub(super) struct Steps {
    start: Instant,
    full: bool,
    times: Vec<(String, Duration)>,
}

impl Steps {
    /// With `full`, cargo runs with `ONETEG_TEST_FULL=1`.
    pub(super) fn new(full: bool) -> Self {
        Self { start: Instant::now(), full, times: Vec::new() }
    }

    pub(super) fn run(
        &mut self,
        name: &str,
        step: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        out!("== {name}");
        let start = Instant::now();
        step()?;
        self.times.push((name.to_owned(), start.elapsed()));
        Ok(())
    }

    pub(super) fn cargo(&mut self, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
        self.cargo_with(name, arguments, &[])
    }

    /// Runs cargo with more environment variables.
    pub(super) fn cargo_with(
        &mut self,
        name: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let mut command = Command::new("cargo");
        command.args(arguments).envs(environment.iter().copied()).current_dir(workspace::root());
        if self.full {
            command.env("ONETEG_TEST_FULL", "1");
        }
        // A changed snapshot fails its test; only people accept it.
        command.env("INSTA_UPDATE", "no");
        self.run(name, || {
            let status = command.status().context("cargo cannot be started")?;
            if !status.success() {
                bail!("`cargo {}` failed", arguments.join(" "));
            }
            Ok(())
        })
    }

    pub(super) fn print_times(&self) {
        for (name, time) in &self.times {
            out!("{:>7.1} s  {name}", time.as_secs_f64());
        }
        out!("all passed in {:.0} s", self.start.elapsed().as_secs_f64());
    }
}
