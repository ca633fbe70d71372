//! A whole run: what is looked at in which order, and the report.

use oneteg_auth::Vendor;
use oneteg_catalog::evidence::{Mode, Report, Server};

use super::{
    choices,
    engine::{self, Progress},
    learned::Learned,
    paging, probe,
    scratch::{self, Journal},
    session::{Session, Stop},
};
use crate::catalog::{Catalog, Entry};

/// What a run will do, before anything is sent.
pub(crate) struct Plan {
    /// The operations that are called, in order.
    pub(crate) operations: Vec<&'static Entry>,
    /// The most requests that are needed, without those that remove what was made.
    pub(crate) bound: u64,
    /// The most requests that remove what was made.
    pub(crate) removes: u64,
}

impl Plan {
    pub(crate) fn new(vendor: Vendor, catalog: &'static Catalog, writes: bool) -> Self {
        let operations = engine::plan(catalog);
        let (makes, removes) = if writes { scratch::bound(vendor) } else { (0, 0) };
        let experiments =
            paging::bound(vendor, catalog) + probe::bound(catalog) + choices::bound(vendor);
        // What removes must never be refused, so it is allowed when it is due.
        let bound = engine::bound(&operations) + experiments + makes;
        Self { operations, bound, removes }
    }
}

/// Looks at everything of a plan, with `writes` also at what changes something, and fills the report. `learned` has what
/// an earlier part of the run found, and gets the rest. Returns why the run ended early, if it did.
pub(crate) async fn run(
    session: &mut Session,
    plan: &Plan,
    progress: &mut Progress<'_>,
    writes: Option<&mut Journal>,
    learned: &mut Learned,
    report: &mut Report,
) -> Option<Stop> {
    let mut stop = engine::run(session, &plan.operations, progress).await.err();
    learned.has_called_all |= stop.is_none();
    if stop.is_none() {
        stop = paging::run(session, &mut learned.paging).await.err();
    }
    if stop.is_none() {
        stop = probe::run(session, &mut learned.probes).await.err();
    }
    if stop.is_none() {
        let Learned { paging, probes, choices: learned, .. } = &mut *learned;
        stop = choices::run(session, paging, probes, learned).await.err();
    }
    if let Some(journal) = writes.filter(|_| stop.is_none()) {
        stop = scratch::run(session, journal, report).await.err();
    }
    let unseen = engine::unseen(session, stop);
    report.requests = session.sent();
    report.completed = stop.is_none();
    report.ended = stop.map(|stop| stop.sentence().to_owned());
    report.operations = session.finish(&unseen);
    let (pages, answers) = (&learned.paging.pages, &learned.probes.answers);
    report.doubts = probe::judge(session.catalog, &report.operations, pages, answers);
    report.paging.clone_from(pages);
    report.choices.clone_from(&learned.choices.found);
    stop
}

/// A report that states what was called, and how.
pub(crate) fn begin(vendor: &str, catalog: &Catalog, is_loopback: bool, writes: bool) -> Report {
    let mut report = Report::new(vendor, chrono::Utc::now().date_naive().to_string());
    report.tool = format!("oneteg {}", env!("CARGO_PKG_VERSION"));
    report.specification.clone_from(&catalog.specification);
    report.server = if is_loopback { Server::Loopback } else { Server::Account };
    report.mode = if writes { Mode::Writes } else { Mode::ReadOnly };
    report
}
