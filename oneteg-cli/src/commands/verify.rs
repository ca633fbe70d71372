//! `oneteg verify`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use oneteg_catalog::evidence::Report;

use crate::{
    arguments::verify::VerifyArguments,
    client,
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    prompt,
    verify::{
        engine, report,
        session::{Session, Stop},
        tap::Tap,
    },
};

/// The report for people, and the one for maintainers.
const REPORT: &str = "report.md";
const EVIDENCE: &str = "evidence.json";

pub(crate) async fn run(
    context: &Context,
    arguments: VerifyArguments,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let name = &arguments.connection;
    let vendor = client::load(context, name)?.connector.vendor();
    let catalog = crate::catalog::of(vendor)?;
    let plan = engine::plan(vendor, catalog);
    let limit = engine::bound(&plan).min(arguments.budget);
    let date = chrono::Utc::now().date_naive().to_string();
    let vendor_name = vendor.profile().variables.to_lowercase();
    let folder = arguments
        .to
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("verify-{vendor_name}-{date}")));
    context.note(format_args!(
        "{} operations of {name} will be read with at most {limit} requests; nothing is changed.",
        plan.len()
    ));
    if !arguments.yes {
        prompt::confirm(context, "Begin?").await?;
    }
    // Before anything is sent, so that no result is lost.
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let encrypted = client::resolve(context, name)?.endpoint_url.scheme() == "https";
    let tap = Tap::new(encrypted, client::USER_AGENT, limit)?;
    let connected = client::connect_through(context, name, tap.clone())?;
    let runtime = connected.client.runtime().clone();
    let mut session = Session::new(vendor, runtime, tap, interrupt.clone())?;
    let mut progress = |_: usize, _: u64| {};
    let stop = engine::run(&mut session, &plan, &mut progress).await.err();
    let unseen = engine::unseen(&session, stop);
    let mut found = Report::new(vendor_name, date);
    found.tool = format!("oneteg {}", env!("CARGO_PKG_VERSION"));
    found.requests = session.sent();
    found.budget = limit;
    found.completed = stop.is_none();
    found.ended = stop.map(|stop| stop.sentence().to_owned());
    found.operations = session.finish(&unseen);
    write(&folder, &found)?;
    conclude(context, &folder, &found, stop)
}

fn write(folder: &Path, found: &Report) -> Result<(), CliError> {
    let mut json = serde_json::to_string_pretty(found).map_err(std::io::Error::from)?;
    json.push('\n');
    for (name, content) in [(REPORT, report::markdown(found)), (EVIDENCE, json)] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failure(format!("{} cannot be written: {error}", path.display()))
}

fn conclude(
    context: &Context,
    folder: &Path,
    found: &Report,
    stop: Option<Stop>,
) -> Result<(), CliError> {
    let (differences, lenient) = report::counts(found);
    context.note(format_args!(
        "{} requests, {differences} differences and {lenient} that clients accept: {}",
        found.requests,
        folder.join(REPORT).display()
    ));
    let Some(stop) = stop else { return Ok(()) };
    let error = match stop {
        Stop::Interrupted => return Err(CliError::interrupted()),
        Stop::Spent => CliError::partial("the budget of requests was spent"),
        Stop::Down => CliError::partial("the vendor stopped responding"),
        Stop::SignedOut => CliError::refused("the vendor no longer accepts the credential"),
    };
    Err(error)
}
