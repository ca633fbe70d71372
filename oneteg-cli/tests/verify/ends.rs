//! Runs that end early.

use std::{collections::BTreeMap, time::Duration};

use oneteg_catalog::evidence::Outcome;
use oneteg_sandbox::{Fault, FaultTiming};

use crate::{
    common::done,
    world::{World, count, operation},
};

#[test]
fn the_budget_is_kept_and_stated() {
    let world = World::new();
    let done = world.verify("nx", &["--budget", "5"]);
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.err.contains("at most 5 requests"), "{}", done.err);
    assert!(done.err.contains("oneteg verify nx --resume"), "{}", done.err);
    let report = world.report("nx");
    assert_eq!((report.requests, report.budget, report.completed), (5, 5, false));
    assert_eq!(world.vendors.sandbox.netx().counters().requests, 5);
    let reason = operation(&report, "getViewsByAsset").reason.clone().unwrap();
    assert!(reason.contains("budget") || reason.contains("`assetId`"), "{reason}");
    assert!(world.page("nx").contains("**Incomplete.** The budget of requests was spent."));
    // The second run continues where the first one ended.
    let done = world.verify("nx", &["--resume"]);
    assert_eq!(done.code, 0, "{done:?}");
    let resumed = world.report("nx");
    assert!(resumed.completed && count(&resumed, Outcome::Seen) > count(&report, Outcome::Seen));
    let again = world.vendors.sandbox.netx().counters().requests;
    assert_eq!(again, resumed.requests);
    let whole = World::new().verified("nx");
    assert_eq!(count(&whole, Outcome::Seen), count(&resumed, Outcome::Seen));
    // At most the operation that the end interrupted is called twice.
    assert!(resumed.requests <= whole.requests + 2, "{} {}", resumed.requests, whole.requests);
    let done = world.verify("nx", &["--resume"]);
    assert_eq!(
        (done.code, done.err.contains("no run of nx was interrupted")),
        (2, true),
        "{done:?}"
    );
}

/// The number of requests of each operation.
fn calls(world: &World) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for operation in world.vendors.sandbox.netexplorer().requests().iter() {
        *calls.entry(operation.operation.clone().unwrap_or_default()).or_default() += 1;
    }
    calls
}

#[test]
fn experiments_are_not_repeated_by_a_run_that_continues() {
    let whole = World::new();
    let complete = whole.verified("ne");
    // Runs that end everywhere: in the calls, in the experiments with pages, in probes, in questions.
    for last in [2, 6, 12, 20] {
        let world = World::new();
        let budget = (complete.requests - last).to_string();
        let done = world.verify("ne", &["--budget", &budget]);
        assert_eq!(done.code, 5, "{done:?}");
        let done = world.verify("ne", &["--resume"]);
        assert_eq!(done.code, 0, "{done:?}");
        let resumed = world.report("ne");
        // The experiment that the end interrupted is repeated, and nothing else.
        assert!(
            resumed.requests <= complete.requests + 12,
            "{last}: {} and {}: {:?} {:?}",
            resumed.requests,
            complete.requests,
            calls(&whole),
            calls(&world)
        );
        assert_eq!(resumed.paging, complete.paging, "{last}");
        assert_eq!(resumed.choices, complete.choices, "{last}");
        assert_eq!(resumed.doubts, complete.doubts, "{last}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_report_of_what_was_seen() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    netx.script(Fault::response(200).only("getViewsByAsset").delayed(Duration::from_secs(600)))
        .unwrap();
    let arguments = world.arguments("nx", &[]);
    let child = world.cli.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    while !netx
        .requests()
        .iter()
        .any(|request| request.operation.as_deref() == Some("getViewsByAsset"))
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, 130, "{done:?}");
    assert!(done.err.contains("oneteg verify nx --resume continues the run"), "{}", done.err);
    let report = world.report("nx");
    assert_eq!(report.ended.as_deref(), Some("The run was interrupted."));
    assert!(count(&report, Outcome::Seen) > 5);
    assert_eq!(operation(&report, "getViewsByAsset").outcome, Outcome::NotReached);
    assert_eq!(world.vendors.sandbox.netx().counters().writes, 0);
    let resumed = world.verify("nx", &["--resume"]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(operation(&world.report("nx"), "getViewsByAsset").outcome, Outcome::Seen);
}

#[test]
fn a_vendor_that_goes_down_ends_the_run() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    netx.script(Fault::response(200).only("getGroupsByUser").body("{").content_length(9)).unwrap();
    let first = world.verified("nx");
    assert!(count(&first, Outcome::Seen) > 15, "one failure does not end a run");
    for name in ["getGroupsByUser", "getUsersByGroup", "getViewsByAsset"] {
        // More than all calls of the rest of the run.
        netx.script(Fault::response(503).header("retry-after", "0").only(name).times(1000))
            .unwrap();
    }
    let partly = world.verify("nx", &[]);
    assert_eq!(partly.code, 0, "operations that fail do not end a run: {partly:?}");
    netx.script(Fault::response(503).header("retry-after", "0").times(100_000)).unwrap();
    let down = world.verify("nx", &[]);
    // Nothing was compared, so no part was done.
    assert_eq!(down.code, 1, "{down:?}");
    assert!(down.err.contains("the vendor does not respond; nothing was compared"), "{}", down.err);
    assert!(down.err.contains("oneteg doctor nx"), "{}", down.err);
    let report = world.report("nx");
    assert_eq!(report.ended.as_deref(), Some("The vendor does not respond."));
    assert!(world.page("nx").contains("`oneteg verify CONNECTION --resume` continues"));
    assert!(report.requests < 20, "{}", report.requests);
    assert!(!report.completed && report.operations.len() == 34);
}

#[test]
fn a_provider_of_tokens_that_fails_refuses_no_credential() {
    let world = World::new();
    let failing = Fault::response(503).header("retry-after", "0").only("createOauthToken");
    world.vendors.sandbox.netexplorer().script(failing.times(100_000)).unwrap();
    let done = world.verify("ne", &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("the vendor does not respond; nothing was compared"), "{}", done.err);
}

#[test]
fn pages_instead_of_data_end_the_run_and_are_no_evidence() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    let page = Fault::response(200).header("content-type", "text/html").body("<html></html>");
    netx.script(page.times(100_000)).unwrap();
    let done = world.verify("nx", &[]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("web pages came instead of data"), "{}", done.err);
    assert!(done.err.contains("compare the URL of the connection"), "{}", done.err);
    let report = world.report("nx");
    assert_eq!(report.ended.as_deref(), Some("Web pages came instead of data."));
    assert!(report.requests < 20 && !report.completed, "{}", report.requests);
    assert_eq!(count(&report, Outcome::Seen), 0);
    assert!(report.operations.iter().all(|operation| operation.findings.is_empty()));
}

#[test]
fn a_credential_that_is_refused_ends_the_run() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    netx.revoke_token(world.vendors.sandbox.netx_api_key());
    let done = world.verify("nx", &[]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("oneteg doctor nx"), "{}", done.err);
    assert!(done.err.contains("the vendor does not accept the credential"), "{}", done.err);
    let report = world.report("nx");
    assert_eq!(report.ended.as_deref(), Some("The vendor does not accept the credential."));
    assert!(report.requests < 10);
}

#[test]
fn nothing_is_sent_before_someone_agrees() {
    let world = World::new();
    let done = world.cli.run(&["verify", "nx"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("--yes"), "{}", done.err);
    assert_eq!(world.vendors.sandbox.netx().counters().requests, 0);
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one() {
    let world = World::new();
    let netexplorer = world.vendors.sandbox.netexplorer();
    let slow = Fault::response(200).only("updateFolder").delayed(Duration::from_secs(600));
    netexplorer.script(slow).unwrap();
    let arguments = world.arguments("ne", &["--writes"]);
    let mut child = world.cli.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    while !netexplorer
        .requests()
        .iter()
        .any(|request| request.operation.as_deref() == Some("updateFolder"))
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let made = |what: &str| world.cli.ok(&["ne", what]).contains("oneteg-verify");
    assert_eq!(netexplorer.recording().writes_of("createFolder"), 1);
    let warned = world.verify("ne", &[]);
    assert!(warned.err.contains("oneteg verify ne --writes removes it"), "{}", warned.err);
    let done = world.verify("ne", &["--writes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(netexplorer.recording().writes_of("createFolder"), 2);
    assert_eq!(netexplorer.recording().writes_of("deleteFolder"), 2);
    assert!(!made("list-folders") && !made("list-trash-items"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_waits_for_a_write_and_removes_what_it_made() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    let slow = Fault::response(200).only("updateCollection").delayed(Duration::from_secs(2));
    netx.script(slow.at(FaultTiming::AfterHandling)).unwrap();
    let arguments = world.arguments("nx", &["--writes"]);
    let child = world.cli.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let was_called = |name: &str| {
        netx.requests().iter().any(|request| request.operation.as_deref() == Some(name))
    };
    while !was_called("updateCollection") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, 130, "{done:?}");
    assert!(was_called("deleteCollection"));
    assert_eq!(netx.recording().writes_of("createCollection"), 1);
    assert_eq!(netx.recording().writes_of("deleteCollection"), 1);
    assert_eq!(world.report("nx").left_behind, [] as [String; 0]);
}

#[test]
fn what_could_not_be_removed_is_stated_and_removed_later() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    netx.script(Fault::response(403).only("deleteCollection")).unwrap();
    let done = world.verify("nx", &["--writes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err.contains("warning: a collection without assets with the name `oneteg-verify-")
    );
    let [left] = world.report("nx").left_behind.try_into().unwrap();
    assert!(left.contains("could not be removed. The vendor refuses it"), "{left}");
    assert!(world.page("nx").contains("**Left at the vendor:** a collection"));
    let again = world.verify("nx", &["--writes"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.err.contains("Removes what an earlier run left: a collection"), "{}", again.err);
    assert_eq!(netx.recording().writes_of("createCollection"), 2);
    assert_eq!(netx.recording().writes_of("deleteCollection"), 2);
}

#[test]
fn the_waits_that_a_vendor_asks_for_are_kept_and_tokens_renewed() {
    let world = World::new();
    let mediavalet = world.vendors.sandbox.mediavalet();
    let slower = Fault::response(429).header("retry-after", "1").only("listAssets");
    mediavalet.script(slower).unwrap();
    mediavalet.expire_access_tokens();
    let report = world.verified("mv");
    let found = operation(&report, "listAssets");
    assert_eq!(found.outcome, Outcome::Seen);
    let statuses: Vec<u16> = found.responses.iter().map(|response| response.status).collect();
    assert!(statuses.contains(&429) && statuses.contains(&200), "{statuses:?}");
}
