//! `oneteg sync`.

use std::io::{self, BufRead as _, Write as _};

use crate::{
    arguments::sync::{DownArguments, SyncCommand, UpArguments},
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    transfer::{Direction, Place, SyncOptions, sync, with_session},
};

pub(crate) async fn run(
    context: &Context,
    command: SyncCommand,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let (direction, connection, local, remote, options) = match command {
        SyncCommand::Up(UpArguments { connection, local, remote, options }) => {
            (Direction::Up, connection, local, remote, options)
        }
        SyncCommand::Down(DownArguments { connection, local, remote, options }) => {
            (Direction::Down, connection, local, remote, options)
        }
    };
    if options.delete && !options.yes && !options.dry_run && !context.terminal.stdin {
        let message = "--delete asks before it deletes, and there is no terminal";
        return Err(CliError::usage(message).with_hint("--yes deletes without asking."));
    }
    let at: Place = remote.parse()?;
    let confirm = |count| options.yes.then_some(true).map_or_else(|| ask(count, direction), Ok);
    let verb = match direction {
        Direction::Up => "uploaded",
        Direction::Down => "downloaded",
    };
    with_session(context, &connection, &options.transfer, verb, interrupt, async |session| {
        let (delete, overwrite, dry_run) = (options.delete, options.overwrite, options.dry_run);
        let options = SyncOptions { direction, delete, overwrite, dry_run, confirm: &confirm };
        sync(session, &local, &at, &options).await
    })
    .await
}

fn ask(count: usize, direction: Direction) -> Result<bool, CliError> {
    let place = match direction {
        Direction::Up => "at the vendor",
        Direction::Down => "on disk",
    };
    let mut out = io::stderr().lock();
    let what = if count == 1 { "file or folder" } else { "files and folders" };
    write!(out, "Delete {count} {what} {place}? [y/N] ")?;
    out.flush()?;
    let mut reply = String::new();
    io::stdin().lock().read_line(&mut reply)?;
    Ok(matches!(reply.trim().to_lowercase().as_str(), "y" | "yes"))
}
