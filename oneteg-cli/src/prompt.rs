//! Questions to the person at the terminal. They are asked on standard error, so that standard output stays the result.

use std::io::{self, BufRead as _, Write as _};

use oneteg_auth::Secret;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{context::Context, error::CliError};

/// Asks for a line; `None` if nothing but spaces was typed.
pub(crate) async fn line(question: &str) -> Result<Option<String>, CliError> {
    ask(&format!("{question}: "))?;
    let line = read_line().await?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

/// Asks for a secret, which is not shown while it is typed; `None` if nothing was typed.
pub(crate) fn secret(question: &str) -> Result<Option<Secret>, CliError> {
    // Before the question, so that nothing that is typed or pasted at once is shown.
    let _silence = Silence::begin();
    ask(&format!("{question} (not shown): "))?;
    // Not as a task: Ctrl-C must not end the process before the terminal shows again what is typed.
    let typed = tokio::task::block_in_place(rpassword::read_password);
    let mut typed = typed.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => CliError::interrupted(),
        io::ErrorKind::UnexpectedEof => ended(),
        _ => CliError::failure(format!("the terminal cannot be read: {error}")),
    })?;
    let _ = writeln!(io::stderr());
    let secret = Secret::new(typed.trim());
    typed.zeroize();
    Ok((!secret.is_blank()).then_some(secret))
}

/// Turns off the echo of the terminal until it is dropped.
#[cfg(unix)]
struct Silence(Option<(std::fs::File, rustix::termios::Termios)>);

#[cfg(unix)]
impl Silence {
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        // What `rpassword` reads from. Without it, the question fails later.
        let Ok(terminal) = std::fs::File::open("/dev/tty") else { return Self(None) };
        let Ok(before) = tcgetattr(&terminal) else { return Self(None) };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        match tcsetattr(&terminal, OptionalActions::Now, &silent) {
            Ok(()) => Self(Some((terminal, before))),
            Err(_) => Self(None),
        }
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some((terminal, before)) = &self.0 {
            let _ = tcsetattr(terminal, OptionalActions::Now, before);
        }
    }
}

/// `rpassword` alone turns off the echo elsewhere.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn begin() -> Self {
        Self
    }
}

/// Asks for a secret as [`secret`] does; without a terminal, reads a line of standard input.
pub(crate) async fn pasted_secret(
    context: &Context,
    question: &str,
) -> Result<Option<Secret>, CliError> {
    match context.terminal.stdin {
        true => secret(question),
        false => secret_from_stdin().await.map(Some),
    }
}

/// Asks for one of several choices, by number or name; the first one is the default.
pub(crate) async fn choose(question: &str, choices: &[&str]) -> Result<usize, CliError> {
    loop {
        for (index, choice) in choices.iter().enumerate() {
            ask(&format!("  {}  {choice}\n", index + 1))?;
        }
        let Some(answer) = line(&format!("{question} [1]")).await? else { return Ok(0) };
        let number =
            answer.parse::<usize>().ok().filter(|number| (1..=choices.len()).contains(number));
        let named = || choices.iter().position(|choice| choice.eq_ignore_ascii_case(&answer));
        match number.map(|number| number - 1).or_else(named) {
            Some(index) => return Ok(index),
            None => ask(&format!("Type a number from 1 to {}.\n", choices.len()))?,
        }
    }
}

/// Asks whether to do something that cannot be undone. Without a terminal, nobody can confirm: an error.
pub(crate) async fn confirm(context: &Context, question: &str) -> Result<(), CliError> {
    if !context.terminal.stdin {
        let message = format!("cannot ask \"{question}\": standard input is not a terminal");
        return Err(CliError::usage(message).with_hint("add --yes to do it without a question"));
    }
    match line(&format!("{question} [y/N]")).await? {
        Some(answer) if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Ok(()),
        _ => Err(CliError::failure("nothing was changed")),
    }
}

/// Reads a secret from a line of standard input, for programs.
pub(crate) async fn secret_from_stdin() -> Result<Secret, CliError> {
    let missing = "standard input is empty, and a secret was expected";
    let line = next_line().await?.ok_or_else(|| CliError::usage(missing))?;
    let secret = Secret::new(line.trim_end_matches(['\r', '\n']));
    if secret.is_blank() {
        return Err(CliError::usage("standard input has no line with a secret for `-`"));
    }
    Ok(secret)
}

fn ask(text: &str) -> Result<(), CliError> {
    let mut err = io::stderr().lock();
    Ok(err.write_all(text.as_bytes()).and_then(|()| err.flush())?)
}

async fn read_line() -> Result<Zeroizing<String>, CliError> {
    next_line().await?.ok_or_else(ended)
}

/// The next line of standard input; `None` at its end.
async fn next_line() -> Result<Option<Zeroizing<String>>, CliError> {
    // In a thread, so that Ctrl-C does not have to wait for the end of the line.
    let read = tokio::task::spawn_blocking(|| {
        let mut line = Zeroizing::new(String::with_capacity(4096));
        io::stdin().lock().read_line(&mut line).map(|read| (read, line))
    });
    let read = read.await.map_err(|_| CliError::failure("standard input cannot be read"))?;
    match read {
        Ok((0, _)) => Ok(None),
        Ok((_, line)) => Ok(Some(line)),
        Err(error) => Err(CliError::failure(format!("standard input cannot be read: {error}"))),
    }
}

fn ended() -> CliError {
    CliError::failure("standard input ended before the last question")
}
