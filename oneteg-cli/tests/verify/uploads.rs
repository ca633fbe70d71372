//! The files that a run with writes uploads.

use oneteg_catalog::evidence::{Kind, Outcome, Upload, Verdict};
use oneteg_sandbox::{Fault, Recording, Sandbox};

use crate::{
    common::done,
    world::{World, differences, operation},
};

/// The only upload in the report of a run with writes.
fn upload(world: &World, connection: &str) -> Upload {
    let [upload] = world.report(connection).uploads.try_into().unwrap();
    upload
}

fn recording<'w>(world: &'w World, connection: &str) -> &'w Recording {
    let sandbox = &world.vendors.sandbox;
    match connection {
        "nx" => sandbox.netx().recording(),
        "mv" => sandbox.mediavalet().recording(),
        _ => sandbox.netexplorer().recording(),
    }
}

#[test]
fn a_picture_is_uploaded_read_compared_and_removed() {
    let world = World::new();
    for (connection, begins, removes) in [
        ("nx", "importAsset", "deleteAsset"),
        ("mv", "createUpload", "deleteAsset"),
        ("ne", "uploadFile", "deleteTrashItem"),
    ] {
        let done = world.verify(connection, &["--writes"]);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(done.err.contains("with a small picture"), "{}", done.err);
        let report = world.report(connection);
        let found = upload(&world, connection);
        assert_eq!(found.operation, begins);
        assert_eq!((found.verdict, found.reason), (Verdict::Confirmed, None), "{connection}");
        assert!((40..200).contains(&found.bytes), "{}", found.bytes);
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
        assert_eq!(report.left_behind, [] as [String; 0], "{connection}");
        assert!(report.requests <= report.budget, "{connection}");
        for name in [begins, removes] {
            assert_eq!(operation(&report, name).outcome, Outcome::Seen, "{connection} {name}");
        }
        assert_eq!(recording(&world, connection).writes_of(removes), 1, "{connection}");
        let page = world.page(connection);
        assert!(page.contains(&format!("| {begins} | {} | the same bytes |", found.bytes)));
    }
    let shown = |words: &str| world.cli.ok(&words.split(' ').collect::<Vec<_>>());
    for words in [
        "nx get-assets-by-folder 1 --recursive",
        "mv list-assets",
        "mv list-categories",
        "ne get-folder 1 --depth -1",
        "ne list-trash-items",
    ] {
        assert!(!shown(words).contains("oneteg-verify"), "{words}");
    }
}

#[test]
fn other_bytes_are_a_difference() {
    let world = World::new();
    let netx = world.vendors.sandbox.netx();
    let picture = |body: &str| {
        let fault = Fault::response(200).only("getAssetOriginal");
        fault.header("content-type", "image/gif").body(body.to_owned())
    };
    let other = picture("GIF89a");
    // The first downloads of a run are those of assets of the account, or of none.
    netx.script(picture("any").times(2)).unwrap();
    netx.script(other).unwrap();
    let done = world.verify("nx", &["--writes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let found = upload(&world, "nx");
    assert_eq!(found.verdict, Verdict::Contradicted, "{found:?}");
    let report = world.report("nx");
    let findings = &operation(&report, "getAssetOriginal").findings;
    let finding = findings.iter().find(|finding| finding.kind == Kind::Content).unwrap();
    assert_eq!(finding.said.as_deref(), Some("the bytes that were uploaded"));
    assert!(finding.seen.values.contains("other bytes"));
    assert!(world.page("nx").contains("Other bytes were read than were sent."));
    assert_eq!(report.left_behind, [] as [String; 0]);
}

#[test]
fn an_upload_that_is_refused_is_stated_and_leaves_nothing() {
    for (connection, refused, status) in
        [("nx", "importAsset", 403), ("mv", "patchUpload", 400), ("ne", "uploadFile", 403)]
    {
        let world = World::new();
        let fault = Fault::response(status).only(refused).times(1);
        let sandbox = &world.vendors.sandbox;
        match connection {
            "nx" => sandbox.netx().script(fault).unwrap(),
            "mv" => sandbox.mediavalet().script(fault).unwrap(),
            _ => sandbox.netexplorer().script(fault).unwrap(),
        }
        let done = world.verify(connection, &["--writes"]);
        assert_eq!(done.code, 0, "{done:?}");
        let found = upload(&world, connection);
        assert_eq!(found.verdict, Verdict::NotReachable, "{connection}");
        let reason = found.reason.unwrap();
        assert!(reason.contains(&format!("HTTP {status}")), "{connection}: {reason}");
        assert_eq!(world.report(connection).left_behind, [] as [String; 0], "{connection}");
    }
}

#[test]
fn what_contains_something_that_stays_is_not_removed() {
    let world = World::with(Sandbox::builder().mediavalet_processing_polls(0));
    let mediavalet = world.vendors.sandbox.mediavalet();
    mediavalet.script(Fault::response(403).only("deleteAsset").times(1)).unwrap();
    let done = world.verify("mv", &["--writes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let left = world.report("mv").left_behind;
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].starts_with("an asset with a small picture with the name `oneteg-verify-"));
    assert!(left[0].contains("The vendor refuses it to this account"), "{}", left[0]);
    assert!(left[1].starts_with("a category with the name"), "{}", left[1]);
    assert!(left[1].contains("Something in it could not be removed."), "{}", left[1]);
    assert_eq!(mediavalet.recording().writes_of("deleteCategory"), 0);
    // Nothing on disk opens the vendor's storage.
    for state in states(&world) {
        assert!(!state.contains("sig=") && state.contains("deleteAsset"), "{state}");
    }
    let again = world.verify("mv", &["--writes"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(world.report("mv").left_behind, [] as [String; 0]);
    assert_eq!(mediavalet.recording().writes_of("deleteAsset"), 2);
    assert_eq!(mediavalet.recording().writes_of("deleteCategory"), 2);
}

#[cfg(unix)]
#[test]
fn an_asset_that_is_not_shown_yet_is_stated_and_removed_by_the_next_run() {
    let world = World::with(Sandbox::builder().mediavalet_processing_polls(12));
    let mediavalet = world.vendors.sandbox.mediavalet();
    let arguments = world.arguments("mv", &["--writes"]);
    let child = world.cli.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    // Ctrl-C while the run waits for the vendor to process the file.
    let waits = || {
        let requests = mediavalet.requests();
        let called = requests.iter().filter_map(|request| request.operation.as_deref());
        called.skip_while(|name| *name != "patchUpload").any(|name| name == "getAsset")
    };
    while !waits() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, 130, "{done:?}");
    let found = upload(&world, "mv");
    assert_eq!(found.verdict, Verdict::NotReachable);
    assert_eq!(found.reason.as_deref(), Some("The run was interrupted."));
    let left = world.report("mv").left_behind;
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].contains("The vendor does not find it yet."), "{}", left[0]);
    // The vendor shows it after some more requests.
    while !world.cli.ok(&["mv", "list-assets"]).contains("oneteg-verify") {}
    // It makes none itself, whose processing would take as long.
    mediavalet.script(Fault::response(403).only("createCategory")).unwrap();
    let again = world.verify("mv", &["--writes"]);
    assert!(again.err.contains("Removes what an earlier run left: a category"), "{}", again.err);
    let assets = world.cli.ok(&["mv", "list-assets"]);
    assert!(!assets.contains("oneteg-verify"), "{assets}");
    assert!(!world.cli.ok(&["mv", "list-categories"]).contains("oneteg-verify"));
}

/// The files in which runs keep what they must continue.
fn states(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![world.cli.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".scratch.json") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(!found.is_empty());
    found
}
