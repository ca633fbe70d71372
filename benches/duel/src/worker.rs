//! A process of a client. It takes its task from its environment and signals on its standard input, and prints lines.

use std::{
    io::{BufRead as _, Write as _},
    process::Stdio,
    sync::Arc,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    task::JoinSet,
};

use crate::{
    DuelResult,
    contestant::{self, Contestant, Failure, Site},
};

/// The environment variable with the task.
pub const JOB: &str = "DUEL_JOB";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// This many callers at the same time, after a signal.
    Calls(usize),
    /// A caller that is dropped after the rotation, and another one.
    Cancelled,
    /// A caller, a signal, and another caller.
    Twice,
    /// Only shows the refresh token.
    Show,
}

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    site: Site,
    task: Task,
}

/// What a worker reports at its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The access tokens that callers got.
    pub tokens: Vec<String>,
    pub failures: Vec<String>,
    /// Whether a caller was told that the session is uncertain.
    pub uncertain: bool,
    /// The refresh token that it would use next.
    pub next: Option<String>,
}

impl Report {
    fn add(&mut self, result: Result<String, Failure>) {
        match result {
            Ok(token) => self.tokens.push(token),
            Err(Failure::Uncertain) => {
                self.uncertain = true;
                self.failures.push("uncertain".into());
            }
            Err(Failure::Other(error)) => self.failures.push(error),
        }
    }
}

/// The code of the process.
pub async fn run(job: &str) -> DuelResult<()> {
    let Job { site, task } = serde_json::from_str(job)?;
    let client = contestant::open(&site).await?;
    print("ready", &())?;
    let mut report = Report::default();
    match task {
        Task::Calls(callers) => {
            signal()?;
            let mut calls = JoinSet::new();
            for _ in 0..callers {
                let client = Arc::clone(&client);
                calls.spawn(async move { client.token().await });
            }
            for result in calls.join_all().await {
                report.add(result);
            }
        }
        Task::Cancelled => {
            signal()?;
            cancelled(&*client, &site.token_url).await?;
            report.add(client.token().await);
        }
        Task::Twice => {
            signal()?;
            report.add(client.token().await);
            print("first", &())?;
            signal()?;
            report.add(client.token().await);
        }
        Task::Show => {}
    }
    report.next = client.next_refresh_token().await;
    print("report", &report)?;
    // What clients still do in the background is not waited for, apart from ours at the end of a runtime.
    oneteg_auth::wait_for_background_tasks().await;
    Ok(())
}

/// Drops a call when the provider has rotated the token and its response is not there yet.
async fn cancelled(client: &dyn Contestant, token_url: &str) -> DuelResult<()> {
    let http = reqwest::Client::new();
    let at = |path| url::Url::parse(token_url)?.join(path);
    tokio::select! {
        _ = client.token() => return Err("the response was not held".into()),
        rotated = http.get(at("rotated")?).send() => { rotated?; }
    }
    http.post(at("release")?).send().await?;
    Ok(())
}

fn print(word: &str, value: &impl Serialize) -> DuelResult<()> {
    println!("{word} {}", serde_json::to_string(value)?);
    Ok(std::io::stdout().flush()?)
}

fn signal() -> DuelResult<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(())
}

/// A process of a client, seen from the harness.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts a process; returns when its client is open.
    pub async fn start(site: &Site, task: Task) -> DuelResult<Self> {
        let job = Job { site: site.clone(), task };
        let mut child = Command::new(std::env::current_exe()?)
            .env(JOB, serde_json::to_string(&job)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut worker = Self { child, input, output };
        worker.line::<()>("ready").await?;
        Ok(worker)
    }

    pub async fn signal(&mut self) -> DuelResult<()> {
        Ok(self.input.write_all(b"go\n").await?)
    }

    /// The value of the next line that begins with the word. Clients print other lines as well.
    pub async fn line<T: DeserializeOwned>(&mut self, word: &str) -> DuelResult<T> {
        while let Some(line) = self.output.next_line().await? {
            if let Some(value) = line.strip_prefix(word) {
                return Ok(serde_json::from_str(value.trim())?);
            }
        }
        Err(format!("a worker ended without `{word}`").into())
    }

    pub async fn report(mut self) -> DuelResult<Report> {
        let report = self.line("report").await?;
        self.child.wait().await?;
        Ok(report)
    }

    pub async fn kill(mut self) -> DuelResult<()> {
        Ok(self.child.kill().await?)
    }
}
