//! What every transfer of a command needs, and how a command is interrupted.

use std::future::Future;

use futures_util::{StreamExt as _, stream};
use oneteg_http::{Error, ErrorKind};
use tokio_util::sync::CancellationToken;

use super::{
    failure::concerns_all,
    remote::{Place, Remote, remote},
    report::{Event, Reporter},
    state::StateFolder,
};
use crate::{
    arguments::transfer::{ReportFormat, TransferArguments},
    client::connect,
    context::Context,
    error::{CliError, Exit},
    interrupt::Interrupt,
};

/// What every transfer of a command needs.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) remote: &'a dyn Remote,
    /// The name of the connection, and the address of the vendor: part of what identifies a state.
    pub(crate) connection: &'a str,
    pub(crate) server: &'a str,
    pub(crate) states: StateFolder,
    pub(crate) reporter: &'a Reporter,
    /// How many files are transferred at the same time.
    pub(crate) transfers: usize,
    /// The size of a part in bytes; `None`: the vendor's default.
    pub(crate) part_size: Option<u64>,
    pub(crate) interrupted: CancellationToken,
}

impl Session<'_> {
    /// The error of a command whose folder at the vendor does not exist.
    pub(crate) fn no_folder(&self, at: &Place) -> CliError {
        CliError::not_found(format!("there is no folder {at} at {}", self.connection))
    }

    /// Runs a task for each item, several at a time. A failure is reported and does not stop the others, unless it
    /// concerns them as well: then no more are begun.
    ///
    /// # Errors
    /// The failure that stopped the run.
    pub(crate) async fn for_each<I, F>(
        &self,
        items: Vec<I>,
        path: impl Fn(&I) -> String,
        run: impl Fn(I) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let (all, mut ended) = (items.len(), 0);
        let tasks = items.into_iter().map(|item| {
            let (path, task) = (path(&item), run(item));
            async move { (path, task.await) }
        });
        let mut stopped = None;
        // Those that are running are finished: they have something to save.
        let tasks = stream::iter(tasks).take_until(Box::pin(self.interrupted.cancelled()));
        let mut running = tasks.buffer_unordered(self.transfers);
        while let Some((path, result)) = running.next().await {
            ended += 1;
            match result {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Cancelled => {
                    stopped = stopped.or(Some(error))
                }
                Err(error) => {
                    self.reporter.event(&Event::failed(&path, &error));
                    if concerns_all(&error) && stopped.is_none() {
                        stopped = Some(error);
                        self.interrupted.cancel();
                    }
                }
            }
            if self.reporter.is_closed() {
                // Nobody can read what is done: the command ends as if it were interrupted.
                self.interrupted.cancel();
            }
        }
        match stopped {
            Some(error) => Err(error),
            None if ended < all => Err(Error::new(ErrorKind::Cancelled, "interrupted")),
            None => Ok(()),
        }
    }
}

/// Connects, runs the work of a command, and reports its end. After Ctrl-C, the transfers save their states first.
pub(crate) async fn with_session(
    context: &Context,
    connection: &str,
    arguments: &TransferArguments,
    verb: &'static str,
    interrupt: &Interrupt,
    work: impl AsyncFnOnce(&Session<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    const HINT: &str = "Run the same command again to continue where it stopped.";
    let connected = connect(context, connection).await?;
    let server = connected.client.runtime().base_url().to_string();
    let remote = remote(connected.client);
    let events = arguments.output.map(|format| format == ReportFormat::Ndjson);
    let reporter = Reporter::new(context, events, verb);
    let session = Session {
        remote: &*remote,
        connection: &connected.name,
        server: &server,
        states: StateFolder::within(context.profiles.folder()),
        reporter: &reporter,
        transfers: usize::from(arguments.transfers),
        part_size: arguments.part_size,
        interrupted: CancellationToken::new(),
    };
    session.states.remove_outdated();
    let command = work(&session);
    tokio::pin!(command);
    let mut is_interrupted = false;
    let result = loop {
        tokio::select! {
            result = &mut command => break result,
            () = interrupt.pressed(), if !is_interrupted => {
                is_interrupted = true;
                session.interrupted.cancel();
                reporter.note("interrupted; saving what is done");
            }
        }
    };
    let result = match result {
        Err(_) if is_interrupted => Err(CliError::interrupted().with_hint(HINT)),
        Err(error) if error.exit() == Exit::Failure && reporter.totals().transferred > 0 => {
            Err(CliError::partial(error.message()))
        }
        Err(error) => Err(error),
        Ok(()) => reporter.failure().map_or(Ok(()), Err),
    };
    reporter.end(result.as_ref().err().map(CliError::message));
    reporter.output_error().map_or(result, Err)
}
