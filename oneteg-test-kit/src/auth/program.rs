//! Runs the programs that a README prints, with a script in place of the browser.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use reqwest::redirect::Policy;

use oneteg_auth::client_builder;

/// Set in a process that [`run_program`] started.
const AS_PROGRAM: &str = "ONETEG_TEST_AS_PROGRAM";

/// Whether this process was started by [`run_program`]. A test that is a program does nothing otherwise.
pub fn is_program() -> bool {
    std::env::var_os(AS_PROGRAM).is_some()
}

/// Runs one test of the current test program in a separate process, with `folder` as its working directory
/// and without a browser that could be opened. Visits each URL that it prints as `Open <URL>`, and returns
/// its output. Panics if the program fails.
pub async fn run_program(test: &'static str, folder: &Path) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).current_dir(folder).env(AS_PROGRAM, "1");
    command.env("PATH", "").env_remove("BROWSER").env_remove("DISPLAY");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let runtime = tokio::runtime::Handle::current();
    let printed = tokio::task::spawn_blocking(move || {
        let mut printed = String::new();
        for line in lines.map_while(Result::ok) {
            if let Some((_, url)) = line.split_once("Open ") {
                runtime.block_on(browse(url));
            }
            printed.push_str(&line);
            printed.push('\n');
        }
        (printed, child.wait().unwrap())
    });
    let (printed, status) = printed.await.unwrap();
    assert!(status.success(), "the program failed:\n{printed}");
    printed
}

/// Visits a URL as a browser does, redirects included.
async fn browse(url: &str) {
    let client = client_builder(false).unwrap().redirect(Policy::limited(5)).build().unwrap();
    let page = client.get(url).send().await.unwrap();
    assert!(page.status().is_success(), "{}: {}", page.url(), page.status());
}

/// Checks that a README contains the code between `// README` and `// END` of a test's source, apart from
/// white space. Panics if it does not.
pub fn assert_printed(source: &str, readme: &str) {
    let (_, code) = source.split_once("// README\n").unwrap();
    let (code, _) = code.split_once("// END\n").unwrap();
    let bare = |code: &str| code.split_whitespace().collect::<String>();
    assert!(bare(readme).contains(&bare(code)), "the README prints another program than:\n{code}");
}
