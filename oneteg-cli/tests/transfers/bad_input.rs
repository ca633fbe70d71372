//! Full disks, sources that vanish or change, Ctrl-C, closed pipes, names that collide, and other bad input.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::Command,
};

use oneteg_sandbox::Fault;

#[cfg(unix)]
use crate::world::signal;
use crate::world::{Vendor, World, content, tree, write};

#[test]
fn missing_things_are_named_before_anything_is_sent() {
    let world = World::start();
    write(world.disk.path(), "a", 3);
    fs::create_dir(world.path("folder")).unwrap();
    for (arguments, code, message) in [
        (&["upload", "netx", "missing", "--to", "Archive"][..], 4, "cannot read missing"),
        (&["upload", "netx", "folder", "--to", "Archive"], 2, "`oneteg sync up` uploads folders"),
        (&["upload", "netx", "a", "--to", "Nowhere"], 4, "there is no folder Nowhere"),
        (
            &["upload", "netx", "a", "a", "--to", "Archive", "--name", "b"],
            2,
            "--name is for a single file",
        ),
        (
            &["upload", "netx", "a", "--to", "Archive", "--part-size", "0"],
            2,
            "a size is a number of bytes",
        ),
        (&["upload", "nobody", "a", "--to", "Archive"], 4, "nobody"),
        (&["upload", "mediavalet", "a", "--to", "/"], 2, "the top of the library"),
        (&["download", "netx", "Nowhere/a"], 4, "there is no such file"),
        (&["download", "netx", "id:x"], 2, "is not an id"),
        (&["sync", "up", "netx", "missing", "Archive"], 4, "cannot read the folder"),
        (&["sync", "up", "netx", "a", "Archive"], 2, "is not a folder"),
        (&["sync", "down", "netx", "Nowhere", "x"], 4, "there is no folder Nowhere"),
        (&["sync", "down", "netexplorer", "Nowhere/x", "x"], 4, "there is no folder Nowhere/x"),
        (&["sync", "down", "netexplorer", "/", "x"], 2, "begins with the name of a root folder"),
    ] {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(world.sandbox.netx().counters().writes, 0);
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let world = World::start();
    for name in ["a", "b", "c"] {
        write(&world.path("source"), name, 100);
    }
    let fault = Fault::response(400).only("importAsset");
    world.sandbox.netx().script(fault).unwrap();
    let partial = world.up(Vendor::NetX, "source", &["--transfers", "1"]).expect(5);
    assert_eq!((partial.total("transferred"), partial.total("failed")), (2, 1));
    assert!(partial.stderr.contains("one file or folder failed"), "{}", partial.stderr);
    let rest = world.up(Vendor::NetX, "source", &[]).expect(0);
    assert_eq!((rest.total("transferred"), rest.total("same")), (1, 2));
}

#[test]
fn a_refused_credential_stops_the_run() {
    let world = World::start();
    for n in 0..20 {
        write(&world.path("source"), &n.to_string(), 100);
    }
    world.up(Vendor::NetX, "source", &["--dry-run"]).expect(0);
    world.sandbox.netx().revoke_token(world.sandbox.netx_api_key());
    let before = world.sandbox.netx().counters().requests;
    world.up(Vendor::NetX, "source", &[]).expect(3);
    assert!(world.sandbox.netx().counters().requests < before + 5);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_run_in_a_state_to_continue_from() {
    for vendor in Vendor::ALL {
        let world = World::start();
        for n in 0..40 {
            write(&world.path("source"), &n.to_string(), 30_000);
        }
        let mut process = world
            .command(&["sync", "up", vendor.name(), "source", vendor.target(), "--transfers", "2"])
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().contains("\"done\"") {}
        signal(&process, "INT");
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        let mut stderr = String::new();
        process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(130), "{vendor:?}: {stderr}");
        assert!(stderr.contains("Run the same command again to continue"), "{stderr}");
        assert!(rest.last().unwrap().contains("\"end\""), "{rest:?}");
        world.up(vendor, "source", &[]).expect(0);
        assert!(world.remote(vendor, 40) == tree(&world.path("source")), "{vendor:?}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_before_the_plan_is_made_changes_nothing() {
    let world = World::start();
    write(&world.path("source"), "a", 100);
    world.up(Vendor::NetX, "source", &[]).expect(0);
    write(&world.path("source"), "b", 100);
    let writes = world.sandbox.netx().counters().writes;
    // The listing takes longer than any test.
    let late = Fault::response(503).delayed(std::time::Duration::from_secs(600));
    world.sandbox.netx().script(late.only("getFoldersByParent")).unwrap();
    let recording = world.sandbox.netx().recording();
    let listings = || {
        recording
            .requests()
            .iter()
            .filter(|it| it.operation.as_deref() == Some("getFoldersByParent"))
            .count()
    };
    let before = listings();
    let process =
        world.command(&["sync", "up", "netx", "source", Vendor::NetX.target()]).spawn().unwrap();
    while listings() == before {
        std::thread::yield_now();
    }
    signal(&process, "INT");
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(world.sandbox.netx().counters().writes, writes);
    world.up(Vendor::NetX, "source", &[]).expect(0);
}

#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let world = World::start();
    for n in 0..60 {
        write(&world.path("source"), &n.to_string(), 100);
    }
    let mut process = world
        .command(&["sync", "up", "netx", "source", Vendor::NetX.target(), "--transfers", "1"])
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(141), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    world.up(Vendor::NetX, "source", &[]).expect(0);
    assert!(world.remote(Vendor::NetX, 60) == tree(&world.path("source")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_part_of_a_file_under_its_name() {
    let world = World::start();
    write(&world.path("source"), "a/small", 1_000);
    fs::write(world.path("source/large"), content(3, 6 << 20)).unwrap();
    world.up(Vendor::NetExplorer, "source", &[]).expect(0);
    // A disk of 4 MiB, in a namespace where this process may mount one.
    let script = "mkdir small && mount -t tmpfs -o size=4m none small && shift 0 && \"$@\"; code=$?; \
                  find small -type f -not -path '*/.oneteg-partial/*'; exit $code";
    let oneteg = env!("CARGO_BIN_EXE_oneteg");
    let sync = [
        oneteg,
        "sync",
        "down",
        "netexplorer",
        Vendor::NetExplorer.target(),
        "small",
        "--part-size",
        "1MiB",
    ];
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).args(sync);
    command.current_dir(world.disk.path()).env("ONETEG_CONFIG_DIR", world.config());
    let can_mount = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !can_mount {
        println!("SKIPPED: this system does not let the test mount a small disk");
        return;
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    // 5 if the small file was complete before.
    assert!(matches!(output.status.code(), Some(1 | 5)), "{stderr}");
    assert!(
        stderr.contains("No space left on device") || stderr.contains("the disk is full"),
        "{stderr}"
    );
    let files: Vec<_> = stdout.lines().filter(|line| line.starts_with("small/")).collect();
    assert!(files.iter().all(|file| *file == "small/a/small"), "{files:?}");
    assert!(!stderr.contains("panicked"));
}

#[cfg(unix)]
#[test]
fn what_changes_or_vanishes_during_the_run_is_reported() {
    let world = World::start();
    for name in ["a", "b", "c"] {
        write(&world.path("source"), name, 50_000);
    }
    // While the response to the first file is late, the others change on disk.
    let late = Fault::response(503).delayed(std::time::Duration::from_secs(1)).only("importAsset");
    world.sandbox.netx().script(late).unwrap();
    let mut process = world
        .command(&["sync", "up", "netx", "source", Vendor::NetX.target(), "--transfers", "1"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("\"started\"") {}
    signal(&process, "STOP");
    fs::remove_file(world.path("source/b")).unwrap();
    write(&world.path("source"), "c", 70_000);
    signal(&process, "CONT");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(5), "{rest:?} {stderr}");
    assert!(stderr.contains("failed: b: cannot read"), "{stderr}");
    // What was sent of `c` is its new content.
    world.up(Vendor::NetX, "source", &[]).expect(0);
    let remote = world.remote(Vendor::NetX, 2);
    assert_eq!(remote, tree(&world.path("source")));
}

#[test]
fn names_that_collide_or_are_impossible_are_left_out() {
    let world = World::start();
    let source = world.path("source");
    write(&source, "caf\u{e9}", 3);
    write(&source, "cafe\u{301}", 4);
    write(&source, "fine", 5);
    write(&source, "a:b", 6);
    let partial = world.up(Vendor::NetExplorer, "source", &[]).expect(5);
    let failed = partial.paths_of("failed");
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(partial.stderr.contains("has the same name as"), "{}", partial.stderr);
    assert!(partial.stderr.contains("failed: a:b: "), "{}", partial.stderr);
    assert_eq!(partial.total("transferred"), 2);
    // Another kind of thing on the other side.
    fs::remove_file(source.join("fine")).unwrap();
    write(&source, "fine/inside", 3);
    let clash = world.up(Vendor::NetExplorer, "source", &[]).expect(5);
    assert!(
        clash.stderr.contains("it is a folder on disk, and a file at the vendor"),
        "{}",
        clash.stderr
    );
    assert!(!clash.paths_of("failed").contains(&"fine/inside".to_owned()));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let world = World::start();
    write(&world.path("source"), "folder/a", 3);
    world.up(Vendor::NetX, "source", &[]).expect(0);
    fs::create_dir_all(world.path("elsewhere")).unwrap();
    fs::create_dir_all(world.path("target")).unwrap();
    std::os::unix::fs::symlink(world.path("elsewhere"), world.path("target/folder")).unwrap();
    let refused = world.down(Vendor::NetX, "target", &[]).expect(5);
    assert!(refused.stderr.contains("something else on disk"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn two_syncs_of_one_pair_do_not_run_at_the_same_time() {
    let world = World::start();
    for n in 0..10 {
        write(&world.path("source"), &n.to_string(), 100);
    }
    let late = Fault::response(503).delayed(std::time::Duration::from_secs(1)).only("importAsset");
    world.sandbox.netx().script(late).unwrap();
    world.run(&["sync", "up", "netx", "source", Vendor::NetX.target(), "--dry-run"]).expect(0);
    let mut first =
        world.command(&["sync", "up", "netx", "source", Vendor::NetX.target()]).spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("\"started\"") {}
    signal(&first, "STOP");
    let second = world.up(Vendor::NetX, "source", &[]).expect(1);
    assert!(second.stderr.contains("another process syncs the same folders"), "{}", second.stderr);
    signal(&first, "CONT");
    lines.for_each(drop);
    first.wait().unwrap();
}
