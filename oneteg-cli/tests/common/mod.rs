//! Runs `oneteg` with its own configuration folder and without the environment of the machine.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod browser;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
};

use oneteg_sandbox::{Sandbox, SandboxBuilder};
use tempfile::TempDir;

/// A user with a configuration folder.
pub struct Cli {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Cli {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// The configuration folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sets a variable of later commands.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A command that is not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oneteg"));
        command.args(arguments).env_clear().current_dir(self.folder());
        command.env("ONETEG_CONFIG_DIR", self.folder()).env("LANG", "C.UTF-8").env("COLUMNS", "80");
        for name in ["PATH", "SYSTEMROOT", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command without a terminal.
    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, "")
    }

    /// Runs a command with lines for its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.start(arguments);
        // A command that reads nothing has closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        done(child.wait_with_output().unwrap())
    }

    /// Runs a command whose standard output nobody reads.
    pub fn run_unread(&self, arguments: &[&str]) -> Done {
        // Before the command starts: it may write at once.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(arguments);
        done(command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap())
    }

    /// Starts a command with pipes.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Runs a command that must succeed, and returns its standard output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {done:?}");
        done.out
    }

    /// Runs a command that must fail with a code, and returns its standard error.
    pub fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {done:?}");
        done.err
    }

    /// Writes a file into the folder and returns its path.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Adds the connections `nx`, `mv` and `ne` to a sandbox; `mv` is signed out.
    pub fn connect(&self, vendors: &Vendors) {
        self.ok(&[
            "connection",
            "add",
            "nx",
            "--vendor",
            "netx",
            "--url",
            &vendors.netx,
            "--api-key",
            &vendors.key,
        ]);
        let token_url = format!("{}/connect/token", vendors.mediavalet);
        let authorization_url = format!("{}/connect/authorize", vendors.mediavalet);
        self.ok(&[
            "connection",
            "add",
            "mv",
            "--vendor",
            "mediavalet",
            "--sign-in",
            "browser",
            "--url",
            &vendors.mediavalet,
            "--client-id",
            &vendors.client.0,
            "--client-secret",
            &format!("inline:{}", vendors.client.1),
            "--subscription-key",
            &format!("inline:{}", vendors.subscription_key),
            "--token-url",
            &token_url,
            "--authorization-url",
            &authorization_url,
        ]);
        self.ok(&[
            "connection",
            "add",
            "ne",
            "--vendor",
            "netexplorer",
            "--sign-in",
            "client-credentials",
            "--url",
            &vendors.netexplorer,
            "--client-id",
            "sandbox-server",
            "--client-secret",
            "inline:sandbox-server-secret",
        ]);
    }
}

/// The output of a process that has ended.
pub fn done(output: Output) -> Done {
    Done {
        // A process that a signal ended has no code.
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A sandbox in a thread, for commands that run in other processes. It ends when it is dropped.
pub struct Vendors {
    pub sandbox: std::sync::Arc<Sandbox>,
    pub netx: String,
    pub mediavalet: String,
    pub netexplorer: String,
    /// As an argument.
    pub key: String,
    pub client: (String, String),
    pub subscription_key: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Vendors {
    pub fn start() -> Self {
        Self::with(Sandbox::builder())
    }

    /// A sandbox with other settings.
    pub fn with(builder: SandboxBuilder) -> Self {
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let sandbox = std::sync::Arc::new(builder.start().await.unwrap());
                started.send(sandbox).unwrap();
                let _ = stopped.await;
            });
        });
        let sandbox = starting.recv().unwrap();
        let account = sandbox.mediavalet().account();
        Self {
            netx: sandbox.netx_url().to_owned(),
            mediavalet: sandbox.mediavalet_url().to_owned(),
            netexplorer: sandbox.netexplorer_url(),
            key: format!("inline:{}", sandbox.netx_api_key()),
            client: (account.client_id.clone(), account.client_secret.clone()),
            subscription_key: account.subscription_key.clone(),
            stop: Some(stop),
            thread: Some(thread),
            sandbox,
        }
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
