//! Standard output of the commands. When its reader has gone, as with `cargo xtask coverage | head -1`, the command ends
//! silently with the code of a program that SIGPIPE ends; `println!` would panic.

use std::{
    fmt,
    io::{self, Write as _},
};

/// 128 + SIGPIPE.
const CLOSED: i32 = 141;

/// Prints a line to standard output, like `println!`.
macro_rules! out {
    () => { $crate::stdout::line(format_args!("")) };
    ($($argument:tt)*) => { $crate::stdout::line(format_args!($($argument)*)) };
}
pub(crate) use out;

/// Prints a line. What a command prints is no result that it continues with, so other failures than a reader that has
/// gone end it, too.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(CLOSED);
        }
        eprintln!("standard output cannot be written: {error}");
        std::process::exit(1);
    }
}
