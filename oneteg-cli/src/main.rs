//! The `oneteg` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    oneteg_cli::main()
}
