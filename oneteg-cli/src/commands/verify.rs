//! `oneteg verify`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oneteg_auth::Vendor;
use oneteg_catalog::evidence::{Outcome, Report};

use crate::{
    arguments::verify::VerifyArguments,
    client,
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    prompt,
    verify::{
        learned::Learned,
        pool::Pool,
        report,
        run::{self, Plan},
        scratch::{self, Journal},
        session::{Session, Stop},
        state::{Place, State},
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
    let connection = client::resolve(context, name)?;
    let (vendor, server) = (connection.connector.vendor(), &connection.endpoint_url);
    let catalog = crate::catalog::of(vendor)?;
    let place = Place::of(context.profiles.folder(), name, server.as_str());
    let earlier = match arguments.resume {
        true => place.load(&catalog.specification).await?,
        false => None,
    };
    if arguments.resume && earlier.is_none() {
        let message = format!("no run of {name} was interrupted");
        return Err(CliError::usage(message).with_hint("begin one without --resume"));
    }
    let plan = Plan::new(vendor, catalog, arguments.writes);
    let limit = plan.bound.min(arguments.budget);
    let vendor_name = vendor.profile().variables.to_lowercase();
    let is_loopback = oneteg_auth::is_loopback(server);
    let mut found = run::begin(&vendor_name, catalog, is_loopback, arguments.writes);
    found.budget = limit + plan.removes;
    let folder = match (&arguments.to, &earlier) {
        (Some(folder), _) => folder.clone(),
        (None, Some(earlier)) => earlier.folder.clone(),
        (None, None) => PathBuf::from(format!("verify-{vendor_name}-{}", found.date)),
    };
    let mut journal = Journal::open(place.scratch()).await;
    announce(context, name, &plan, &arguments, &journal, found.budget, vendor);
    if !arguments.yes {
        tokio::select! {
            confirmed = prompt::confirm(context, "Begin?") => confirmed?,
            () = interrupt.pressed() => return Err(CliError::interrupted()),
        }
    }
    // Before anything is sent, so that no result is lost.
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let tap = Tap::new(server.scheme() == "https", client::USER_AGENT, limit)?;
    let connected = client::connect_through(context, name, tap.clone())?;
    let runtime = connected.client.runtime().clone();
    let mut session = Session::new(vendor, runtime, tap, interrupt.clone())?;
    let mut learned = Learned::default();
    if let Some(earlier) = earlier {
        found.budget += earlier.sent;
        learned = earlier.learned;
        session.restore(earlier.operations, Pool::restored(earlier.pool), earlier.sent);
    }
    let bar = bar(context, plan.operations.len());
    let mut progress = |left: usize, sent: u64| {
        bar.set_position(plan.operations.len().saturating_sub(left) as u64);
        bar.set_message(format!("{sent} requests"));
    };
    let writes = arguments.writes.then_some(&mut journal);
    let stop = run::run(&mut session, &plan, &mut progress, writes, &mut learned, &mut found).await;
    bar.finish_and_clear();
    write(&folder, vendor, &found)?;
    match stop {
        None => place.remove().await?,
        Some(_) => save(&place, &session, (&folder, &found), learned).await?,
    }
    conclude(context, name, &folder, &found, stop)
}

/// States what will be done.
fn announce(
    context: &Context,
    name: &str,
    plan: &Plan,
    arguments: &VerifyArguments,
    journal: &Journal,
    requests: u64,
    vendor: Vendor,
) {
    let count = plan.operations.len();
    let changes = match arguments.writes {
        true => format!("Makes, changes and removes {}.", scratch::described(vendor)),
        false => "Changes nothing.".to_owned(),
    };
    context.note(format_args!(
        "Reads with {count} operations of {name}, with at most {requests} requests. {changes}"
    ));
    for left in journal.left() {
        let what = &left.what;
        match arguments.writes {
            true => context.note(format_args!("Removes what an earlier run left: {what}.")),
            false => context.warn(format_args!(
                "an earlier run left {what}; oneteg verify {name} --writes removes it"
            )),
        }
    }
}

/// Stores what was seen, so that another run continues it.
async fn save(
    place: &Place,
    session: &Session,
    (folder, found): (&Path, &Report),
    learned: Learned,
) -> Result<(), CliError> {
    let mut state = State::new(&session.catalog.specification, folder, found.requests);
    let finished = found.operations.iter().filter(|operation| {
        let is_done = match operation.outcome {
            Outcome::Seen | Outcome::Refused => true,
            // One that failed last may have failed because the vendor did.
            Outcome::Failed => learned.has_called_all,
            _ => false,
        };
        is_done && !session.is_unfinished(&operation.operation)
    });
    state.operations = finished.cloned().collect();
    state.pool = session.pool.stored();
    state.learned = learned;
    place.save(&state).await
}

/// The progress on a terminal.
fn bar(context: &Context, operations: usize) -> ProgressBar {
    let target = match context.terminal.stderr && !context.quiet {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(Some(operations as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} operations, {msg}") {
        bar.set_style(style);
    }
    bar
}

fn write(folder: &Path, vendor: Vendor, found: &Report) -> Result<(), CliError> {
    let mut json = serde_json::to_string_pretty(found).map_err(std::io::Error::from)?;
    json.push('\n');
    for (name, content) in [(REPORT, report::markdown(found, vendor)), (EVIDENCE, json)] {
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
    name: &str,
    folder: &Path,
    found: &Report,
    stop: Option<Stop>,
) -> Result<(), CliError> {
    let (differences, lenient) = report::counts(found);
    context.note(format_args!(
        "{} requests, {differences} differences and {lenient} that clients may accept: {}",
        found.requests,
        folder.join(REPORT).display()
    ));
    for left in &found.left_behind {
        context.warn(left);
    }
    let Some(stop) = stop else { return Ok(()) };
    let message = match stop {
        Stop::Interrupted => return Err(resumed(name, CliError::interrupted())),
        Stop::Spent => "the budget of requests was spent",
        Stop::Down => "the vendor does not respond",
        Stop::Page => "web pages came instead of data",
        Stop::Limited => "the vendor asked for fewer requests, or for a wait of more than a minute",
        // The advice on signing in is added to it.
        Stop::SignedOut => {
            return Err(CliError::refused("the vendor does not accept the credential"));
        }
    };
    let was_compared = found.operations.iter().any(|seen| seen.outcome == Outcome::Seen);
    match (was_compared, stop) {
        (true, _) | (_, Stop::Spent) => Err(resumed(name, CliError::partial(message))),
        (false, Stop::Page) => Err(CliError::failure(format!("{message}; nothing was compared"))
            .with_hint("compare the URL of the connection with the vendor's")),
        (false, _) => Err(CliError::failure(format!("{message}; nothing was compared"))
            .with_hint(format!("oneteg doctor {name} finds out where it fails"))),
    }
}

fn resumed(name: &str, error: CliError) -> CliError {
    error.with_hint(format!("oneteg verify {name} --resume continues the run"))
}
