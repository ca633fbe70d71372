//! Ends a server when the test program ends, however it ends.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The parent process of a server. Its standard input is a pipe from the test program, which the system closes when
/// that program dies; it then ends the server and deletes its data. A line on the pipe ends the server and keeps the
/// data, which then belong to the next watchdog.
///
/// If the test program dies while the server is stopped (SIGSTOP), the system sends SIGHUP to the orphaned process group,
/// so the watchdog ignores that.
///
/// PostgreSQL's processes are ended with SIGQUIT, which frees their shared memory; if they were killed before, the
/// segment named in `postmaster.pid` is removed.
const SCRIPT: &str = r#"
folder=$1; signal=$2; shift 2
"$@" </dev/null >>"$folder/log" 2>&1 &
pid=$!
trap '' HUP
echo "$pid"
if read -r _; then keep=yes; else keep=; fi
kill -s CONT "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null || pgrep -P "$pid") 2>/dev/null
kill -s "$signal" "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
if [ -n "$keep" ]; then exit; fi
segment=$(sed -n 7p "$folder/data/postmaster.pid" 2>/dev/null)
[ -z "$segment" ] || ipcrm -m ${segment##* } 2>/dev/null
rm -rf "$folder"
"#;

/// How a server ends when nobody asks for anything else.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EndSignal {
    Kill,
    Quit,
}

/// A running (or killed) server and the process that watches it.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pid: u32,
}

impl Watchdog {
    /// Starts a server whose data are in `folder`. Its output is appended to `folder/log`.
    pub(crate) fn start(folder: &Path, end: EndSignal, command: &[String]) -> Self {
        let signal = match end {
            EndSignal::Kill => "KILL",
            EndSignal::Quit => "QUIT",
        };
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C and the end of a test runner's process group reach the test program only.
            .process_group(0)
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let output = shell.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("the process id of the server");
        let pid = line.trim().parse().expect("the process id of the server");
        Self { shell, pid }
    }

    /// The server's process id. It stays reserved until the watchdog ends, even if the server has died.
    pub(crate) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends the server. Its data stay.
    pub(crate) fn end_keeping_data(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // Fails if the shell was killed; then there is nothing to end.
            let _ = pipe.write_all(b"keep\n");
        }
        let _ = self.shell.wait();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
