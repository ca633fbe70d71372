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
fn nothing_is_not_the_root_of_a_vendor() {
    let world = World::start();
    write(&world.path("source"), "a", 3);
    for blank in ["", "  "] {
        for arguments in [
            &["upload", "netx", "source/a", "--to", blank][..],
            &["sync", "up", "netx", "source", blank, "--delete", "--yes"],
            &["sync", "down", "netx", blank, "copy"],
            &["download", "netx", blank],
        ] {
            let refused = world.run(arguments).expect(2);
            assert!(
                refused.stderr.contains("`/` is the root"),
                "{arguments:?}: {}",
                refused.stderr
            );
        }
    }
    world.run(&["download", "netx", "Archive/a", "--to", ""]).expect(2);
    assert_eq!(world.sandbox.netx().counters().requests, 0);
    world.run(&["upload", "netx", "source/a", "--to", "/"]).expect(0);
    world.run(&["download", "netx", "/a", "--to", "copy.bin"]).expect(0);
}

#[test]
fn a_folder_that_is_missing_at_the_vendor_leaves_none_on_disk() {
    let world = World::start();
    let missing = world.run(&["sync", "down", "netx", "Nope", "copy"]).expect(4);
    assert!(missing.stderr.contains("there is no folder Nope at netx"), "{}", missing.stderr);
    world.run(&["download", "netx", "Nope/a", "Nope/b", "--to", "copy/"]).expect(4);
    assert!(!world.path("copy").exists());
}

#[test]
fn the_advice_to_create_a_folder_is_given_where_it_works() {
    let world = World::start();
    write(world.disk.path(), "a", 3);
    let advised = |vendor: &str, to: &[&str]| {
        let ended = world.run(&[&["upload", vendor, "a", "--to"], to].concat());
        assert!(ended.code != Some(0));
        ended.stderr.contains("--create creates it")
    };
    assert!(advised("netx", &["Nowhere"]));
    assert!(advised("netexplorer", &["Commun/Nowhere"]));
    for (vendor, to) in [
        ("netexplorer", &["id:999"][..]),
        ("netexplorer", &["id:999", "--create"]),
        ("netexplorer", &["Nowhere/x"]),
        ("netexplorer", &["Nowhere/x", "--create"]),
    ] {
        assert!(!advised(vendor, to), "{vendor} {to:?}");
    }
}

#[test]
fn an_unknown_root_folder_is_one_error_that_names_the_known_ones() {
    let world = World::start();
    write(&world.path("source"), "a", 3);
    write(&world.path("source"), "b/c", 3);
    for arguments in [
        &["sync", "up", "netexplorer", "source", "Projets/Pics"][..],
        &["sync", "up", "netexplorer", "source", "Projets/Pics", "--dry-run"],
        &["sync", "down", "netexplorer", "Projets/Pics", "copy"],
        &["upload", "netexplorer", "source/a", "--to", "Projets/Pics", "--create"],
    ] {
        let refused = world.run(arguments).expect(4);
        let message =
            "no folder Projets/Pics: a path begins with the name of a root folder (Commun";
        assert!(refused.stderr.contains(message), "{arguments:?}: {}", refused.stderr);
        assert_eq!(refused.events().len(), 1, "{arguments:?}: {}", refused.stdout);
    }
    // Nothing is created under an id, either.
    world.run(&["sync", "up", "netexplorer", "source", "id:999", "--dry-run"]).expect(4);
    world.run(&["sync", "up", "netexplorer", "source", "id:999"]).expect(4);
    assert_eq!(world.sandbox.netexplorer().counters().writes, 0);
}

#[test]
fn the_last_event_states_why_the_command_failed() {
    let world = World::start();
    write(&world.path("source"), "a", 3);
    let missing = world.run(&["upload", "netx", "source/a", "--to", "Nowhere"]).expect(4);
    let end = missing.events().pop().unwrap();
    assert_eq!((&end["event"], &end["failed"]), (&"end".into(), &0.into()));
    assert_eq!(end["error"], "there is no folder Nowhere at netx");
    let end = world.up(Vendor::NetX, "source", &[]).expect(0).events().pop().unwrap();
    assert!(end.get("error").is_none(), "{end}");
    world.sandbox.netx().revoke_token(world.sandbox.netx_api_key());
    let end = world.up(Vendor::NetX, "source", &[]).expect(3).events().pop().unwrap();
    assert!(end["error"].is_string(), "{end}");
}

#[test]
fn files_of_which_none_was_transferred_are_not_done_in_part() {
    let world = World::start();
    for name in ["a", "b", "c"] {
        write(&world.path("source"), name, 100);
    }
    let down = ["download", "netx", "Archive/a", "Archive/b", "--to", "copy/"];
    world.run(&down).expect(4);
    let refuse =
        || world.sandbox.netx().script(Fault::response(400).only("importAsset").times(3)).unwrap();
    refuse();
    let up = ["upload", "netx", "source/a", "source/b", "source/c", "--to", "Archive"];
    world.run(&up).expect(1);
    world.run(&["sync", "up", "netx", "source", "Products"]).expect(0);
    refuse();
    world.run(&["sync", "up", "netx", "source", "Archive"]).expect(1);
    // Of different kinds.
    world.run(&["upload", "netx", "source/a", "--to", "Archive"]).expect(0);
    world.run(&["download", "netx", "Archive/a", "Archive/b", "--to", "copy/"]).expect(5);
    fs::write(world.path("copy/a"), "mine").unwrap();
    world.run(&["download", "netx", "Archive/a", "Archive/b", "--to", "copy/"]).expect(1);
}

#[test]
fn only_a_failure_that_may_go_away_is_one_to_repeat_the_command_for() {
    let world = World::start();
    write(&world.path("source"), "a", 100);
    let hint = "Run the same command again";
    let missing = world.run(&["download", "netx", "Archive/a"]).expect(4);
    assert!(!missing.stderr.contains(hint), "{}", missing.stderr);
    world.sandbox.netx().script(Fault::response(400).only("importAsset")).unwrap();
    let refused = world.up(Vendor::NetX, "source", &[]).expect(1);
    assert!(!refused.stderr.contains(hint), "{}", refused.stderr);
    world.sandbox.netx().script(Fault::response(503).only("importAsset").times(9)).unwrap();
    let failed = world.up(Vendor::NetX, "source", &[]);
    assert!(failed.code == Some(1) && failed.stderr.contains(hint), "{}", failed.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let world = World::start();
    let mut up = vec!["upload".to_owned(), "netx".into(), "--to".into(), "Archive".into()];
    for n in 0..6 {
        write(world.disk.path(), &n.to_string(), 10);
        up.push(n.to_string());
    }
    for transfers in ["1", "4"] {
        let mut command = world.command(&up);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = command.args(["--transfers", transfers]).stdout(full).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("standard output cannot be written: No space left"), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_in_the_words_of_the_command() {
    let world = World::start();
    let pipe = world.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink(&pipe, world.path("link")).unwrap();
    for path in ["pipe", "link", "/dev/null"] {
        let refused = world.run(&["upload", "netx", path, "--to", "Archive"]).expect(2);
        assert!(refused.stderr.contains("is neither a file nor a folder"), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
}

#[test]
fn a_name_that_the_vendor_does_not_take_is_refused_before_the_transfer() {
    let world = World::start();
    write(&world.path("source"), "a:b", 3);
    write(&world.path("source"), "c:d/e", 3);
    let to = ["--to", "Commun/Archives"];
    let refused =
        world.run(&[&["upload", "netexplorer", "source/a:b"][..], &to].concat()).expect(2);
    assert!(refused.stderr.contains("it contains `:`; rename the file"), "{}", refused.stderr);
    assert_eq!(refused.paths_of("started"), [""; 0]);
    let named = ["upload", "netexplorer", "source/a:b", "--name", "x*"];
    let refused = world.run(&[&named[..], &to].concat()).expect(2);
    assert!(
        refused.stderr.contains("it contains `*`; choose another --name"),
        "{}",
        refused.stderr
    );
    for vendor in ["netx", "mediavalet"] {
        let blank = ["upload", vendor, "source/a:b", "--to", "Archive", "--create", "--name", " "];
        let refused = world.run(&blank).expect(2);
        assert!(refused.stderr.contains("it is blank; choose"), "{}", refused.stderr);
    }
    for options in [&["--dry-run"][..], &[]] {
        let refused = world.up(Vendor::NetExplorer, "source", options).expect(1);
        assert_eq!(refused.paths_of("failed"), ["a:b", "c:d"]);
        assert!(refused.stderr.contains("rename the file"), "{}", refused.stderr);
        assert!(refused.stderr.contains("rename the folder"), "{}", refused.stderr);
    }
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
    let refused = world.down(Vendor::NetX, "target", &[]).expect(1);
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
