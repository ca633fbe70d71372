//! What happens to the clients, and what became of their sessions.

use std::time::Duration;

use crate::{
    DuelResult,
    contestant::{self, KINDS, Kind, Servers, Site},
    provider::TokenServer,
    worker::{Report, Task, Worker},
};

/// For how long the provider repeats a response, in the scenario with a replay window.
const REPLAY_SECONDS: u64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Tasks(usize),
    Processes(usize),
    Cancelled,
    Killed { replay: bool },
    StoreAway,
}

pub const SCENARIOS: [Scenario; 8] = [
    Scenario::Tasks(1),
    Scenario::Tasks(8),
    Scenario::Tasks(1000),
    Scenario::Processes(8),
    Scenario::Cancelled,
    Scenario::Killed { replay: false },
    Scenario::Killed { replay: true },
    Scenario::StoreAway,
];

impl Scenario {
    pub fn name(self) -> String {
        match self {
            Self::Tasks(1) => "1 caller, then another process".into(),
            Self::Tasks(callers) => format!("{callers} callers in one process"),
            Self::Processes(processes) => format!("{processes} processes"),
            Self::Cancelled => "a cancelled caller".into(),
            Self::Killed { replay: false } => "a killed process".into(),
            Self::Killed { replay: true } => {
                "the same, and the provider has a replay window".into()
            }
            Self::StoreAway => "the store is away when the response arrives".into(),
        }
    }

    fn applies_to(self, kind: Kind) -> bool {
        match self {
            Self::Tasks(_) | Self::Cancelled => true,
            Self::Processes(_) | Self::Killed { .. } => kind.is_shared(),
            Self::StoreAway => kind.writes(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Kept,
    Reported,
    Lost,
}

/// One round.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub fate: Fate,
    pub requests: u64,
    pub failed: usize,
    pub calls: usize,
}

/// The rounds of one client in one scenario; `None` if it does not apply.
pub struct Cell {
    pub scenario: Scenario,
    pub kind: Kind,
    pub outcomes: Option<Vec<Outcome>>,
}

pub async fn run_all(servers: &Servers, rounds: usize) -> DuelResult<Vec<Cell>> {
    let mut cells = Vec::new();
    for scenario in SCENARIOS {
        for kind in KINDS {
            let url = servers.url(kind).filter(|_| scenario.applies_to(kind));
            let mut outcomes = Vec::new();
            if let Some(url) = &url {
                for _ in 0..rounds {
                    let outcome = run(scenario, kind, url, servers).await;
                    outcomes.push(outcome.map_err(|error| {
                        format!("{}, {}: {error}", kind.name(), scenario.name())
                    })?);
                }
                eprintln!("{}, {}: {:?}", scenario.name(), kind.name(), outcomes[0]);
            }
            cells.push(Cell { scenario, kind, outcomes: url.map(|_| outcomes) });
        }
    }
    Ok(cells)
}

async fn run(
    scenario: Scenario,
    kind: Kind,
    store_url: &str,
    servers: &Servers,
) -> DuelResult<Outcome> {
    let replay_seconds =
        if scenario == (Scenario::Killed { replay: true }) { REPLAY_SECONDS } else { 0 };
    let hold = !matches!(scenario, Scenario::Tasks(_) | Scenario::Processes(_));
    let server = TokenServer::start(Duration::from_secs(replay_seconds), hold).await?;
    let folder = tempfile::tempdir()?;
    let site = Site {
        kind,
        token_url: server.url(),
        folder: folder.path().to_owned(),
        store_url: store_url.to_owned(),
        replay_seconds,
        short_lease: matches!(scenario, Scenario::Killed { .. }),
    };
    let first = server.provider.sign_in().refresh.ok_or("no refresh token")?;
    contestant::seed(&site, first.expose()).await?;
    let reports = match scenario {
        Scenario::Tasks(callers) => vec![called(&site, Task::Calls(callers)).await?],
        Scenario::Cancelled => vec![called(&site, Task::Cancelled).await?],
        Scenario::Processes(processes) => together(&site, processes).await?,
        Scenario::Killed { .. } => {
            let mut victim = Worker::start(&site, Task::Calls(1)).await?;
            victim.signal().await?;
            server.rotated().await;
            victim.kill().await?;
            server.release();
            vec![called(&site, Task::Calls(1)).await?]
        }
        Scenario::StoreAway => vec![without_its_store(&site, &server, servers).await?],
    };
    judge(&site, &server, &reports).await
}

/// One process and its report.
async fn called(site: &Site, task: Task) -> DuelResult<Report> {
    let mut worker = Worker::start(site, task).await?;
    worker.signal().await?;
    worker.report().await
}

/// Processes that begin at the same time, with one caller each.
async fn together(site: &Site, processes: usize) -> DuelResult<Vec<Report>> {
    let mut workers = Vec::new();
    for _ in 0..processes {
        workers.push(Worker::start(site, Task::Calls(1)).await?);
    }
    for worker in &mut workers {
        worker.signal().await?;
    }
    let mut reports = Vec::new();
    for worker in workers {
        reports.push(worker.report().await?);
    }
    Ok(reports)
}

/// The store is away from the moment of the rotation until the call has ended. The same process makes another call.
async fn without_its_store(
    site: &Site,
    server: &TokenServer,
    servers: &Servers,
) -> DuelResult<Report> {
    let mut worker = Worker::start(site, Task::Twice).await?;
    worker.signal().await?;
    server.rotated().await;
    let (store, aside) = (site.folder.join("store"), site.folder.join("aside"));
    match (site.kind, servers) {
        (Kind::OursRedis, Servers { redis: Some(redis), .. }) => redis.kill(),
        (Kind::OursPostgres, Servers { postgres: Some(postgres), .. }) => postgres.kill(),
        _ => {
            // A file in its place, so that nobody makes the folder again.
            std::fs::rename(&store, &aside)?;
            std::fs::write(&store, "")?;
        }
    }
    server.release();
    worker.line::<()>("first").await?;
    match (site.kind, servers) {
        (Kind::OursRedis, Servers { redis: Some(redis), .. }) => redis.restart(),
        (Kind::OursPostgres, Servers { postgres: Some(postgres), .. }) => postgres.restart(),
        _ => {
            std::fs::remove_file(&store)?;
            std::fs::rename(&aside, &store)?;
        }
    }
    worker.signal().await?;
    worker.report().await
}

async fn judge(site: &Site, server: &TokenServer, reports: &[Report]) -> DuelResult<Outcome> {
    // Another process begins with what is stored.
    let next = if site.kind.is_shared() {
        Worker::start(site, Task::Show).await?.report().await?.next
    } else {
        reports.last().and_then(|report| report.next.clone())
    };
    let provider = &server.provider;
    let fate = match next {
        Some(next) if provider.would_refresh(&next.clone().into()) => Fate::Kept,
        _ if provider.reuses() == 0 && reports.iter().any(|report| report.uncertain) => {
            Fate::Reported
        }
        _ => Fate::Lost,
    };
    let accepted =
        |report: &Report| report.tokens.iter().filter(|token| provider.accepts(token)).count();
    let calls: usize =
        reports.iter().map(|report| report.tokens.len() + report.failures.len()).sum();
    let failed = calls - reports.iter().map(accepted).sum::<usize>();
    Ok(Outcome { fate, requests: provider.requests(), failed, calls })
}
