//! `upload` and `download` of single files.

use std::fs;

use serde_json::json;

use crate::world::{Vendor, World, content, tree, write};

#[test]
fn a_file_goes_up_and_comes_down_unchanged() {
    let world = World::start();
    write(world.disk.path(), "harbour.bin", 200_000);
    write(world.disk.path(), "empty.txt", 0);
    let small = ["--part-size", "64KiB"];
    for vendor in Vendor::ALL {
        let to = ["--to", vendor.target(), "--create"];
        let up = [&["upload", vendor.name(), "harbour.bin", "empty.txt"][..], &to, &small].concat();
        let uploaded = world.run(&up).expect(0);
        assert_eq!(uploaded.paths_of("done"), ["empty.txt", "harbour.bin"], "{vendor:?}");
        assert_eq!((uploaded.total("transferred"), uploaded.total("bytes")), (2, 200_000));
        let ids: Vec<_> = uploaded
            .events_of("done")
            .iter()
            .map(|done| format!("id:{}", done["id"].as_str().unwrap()))
            .collect();

        // MediaValet shows an asset once it is processed, which takes the sandbox two polls.
        let folder = vendor.name().to_owned();
        let id = uploaded
            .events_of("done")
            .iter()
            .position(|done| done["path"] == "harbour.bin")
            .unwrap();
        let down = ["download", vendor.name(), &ids[id], "--to", &folder, "--part-size", "64KiB"];
        fs::create_dir(world.path(&folder)).unwrap();
        let mut downloaded = world.run(&down);
        for _ in 0..3 {
            if downloaded.code == Some(0) {
                break;
            }
            assert_eq!(
                (vendor, downloaded.code),
                (Vendor::MediaValet, Some(4)),
                "{}",
                downloaded.stderr
            );
            downloaded = world.run(&down);
        }
        downloaded.expect(0);
        let expected = fs::read(world.path("harbour.bin")).unwrap();
        // Also nothing of the download itself is left.
        assert!(tree(&world.path(&folder)) == [("harbour.bin".to_owned(), expected)].into());

        // By path, and nothing is sent for a file that is there.
        let by_path = format!("{}/harbour.bin", vendor.target());
        let again = world.run(&["download", vendor.name(), &by_path, "--to", &folder]).expect(0);
        assert_eq!(again.events_of("skipped")[0]["reason"], json!("the same file is on disk"));
        let again = world.run(&up).expect(0);
        assert_eq!(
            (again.total("transferred"), again.total("same")),
            (0, 2),
            "{vendor:?} {}",
            again.stdout
        );
    }
}

#[test]
fn a_changed_file_becomes_a_version_and_not_a_second_file() {
    let world = World::with(|builder| builder.mediavalet_processing_polls(0));
    for vendor in Vendor::ALL {
        let upload = |options: &[&str]| {
            let up = ["upload", vendor.name(), "note.txt", "--to", vendor.target(), "--create"];
            world.run(&[&up[..], options].concat()).expect(0)
        };
        fs::write(world.path("note.txt"), "one").unwrap();
        upload(&[]);
        fs::write(world.path("note.txt"), "two!").unwrap();
        assert_eq!(upload(&["--if-exists", "skip"]).total("transferred"), 0);
        assert_eq!(upload(&[]).total("transferred"), 1);
        let remote = world.remote(vendor, 1);
        assert_eq!(remote, [("note.txt".to_owned(), b"two!".to_vec())].into(), "{vendor:?}");
    }
}

#[test]
fn a_file_on_disk_is_replaced_only_on_request() {
    let world = World::start();
    let asset = "Products/Lamps";
    let listed = world.run(&["sync", "down", "netx", asset, "all"]).expect(0);
    let name = listed.paths_of("done").into_iter().find(|path| !path.contains('/')).unwrap();
    let at = format!("{asset}/{name}");
    fs::create_dir(world.path("one")).unwrap();
    fs::write(world.path("one").join(&name), "mine").unwrap();
    let refused = world.run(&["download", "netx", &at, "--to", "one"]).expect(1);
    assert!(
        refused.stderr.contains("exists, and differs; --overwrite replaces it"),
        "{}",
        refused.stderr
    );
    assert_eq!(fs::read(world.path("one").join(&name)).unwrap(), b"mine");
    world.run(&["download", "netx", &at, "--to", "one", "--overwrite"]).expect(0);
    let original = fs::read(world.path("all").join(&name)).unwrap();
    assert_eq!(tree(&world.path("one")), [(name.clone(), original.clone())].into());
    // Under another name.
    world.run(&["download", "netx", &at, "--to", "other.bin"]).expect(0);
    assert_eq!(fs::read(world.path("other.bin")).unwrap(), original);
}

#[test]
fn two_files_of_one_name_are_refused_before_anything_is_downloaded() {
    let world = World::start();
    for (folder, name) in
        [("Archive", "poster.png"), ("Campaigns", "poster.png"), ("Products", "POSTER.png")]
    {
        write(world.disk.path(), name, 10 + folder.len());
        world.run(&["upload", "netx", name, "--to", folder]).expect(0);
    }
    let one = "Archive/poster.png";
    for other in ["Campaigns/poster.png", "Products/POSTER.png", one, "/Archive/poster.png"] {
        for options in [&["--overwrite"][..], &[]] {
            let down = ["download", "netx", one, other, "--to", "down"];
            let refused = world.run(&[&down[..], options].concat()).expect(2);
            let name = other.rsplit('/').next().unwrap();
            let message = format!("two of the files have the name {name}");
            assert!(refused.stderr.contains(&message), "{}", refused.stderr);
            assert_eq!(refused.events().len(), 1, "{}", refused.stdout);
            assert!(!world.path("down").exists());
        }
    }
}

#[test]
fn several_files_do_not_go_into_a_file() {
    let world = World::start();
    write(world.disk.path(), "poster.png", 10);
    for files in [
        &["Archive/a", "Archive/b", "--to", "poster.png"][..],
        &["Archive/a", "--to", "poster.png/"],
    ] {
        let refused = world.run(&[&["download", "netx"], files].concat()).expect(2);
        let message = "poster.png is a file, not a folder";
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
    let refused = world.run(&["sync", "down", "netx", "Products", "poster.png"]).expect(2);
    assert!(refused.stderr.contains("poster.png is not a folder"), "{}", refused.stderr);
}

#[test]
fn an_interrupted_download_continues_from_its_parts() {
    let world = World::start();
    fs::write(world.path("film.bin"), content(1, 1 << 20)).unwrap();
    let to = ["--to", Vendor::NetExplorer.target(), "--create"];
    let uploaded = world.run(&[&["upload", "netexplorer", "film.bin"][..], &to].concat()).expect(0);
    let id = format!("id:{}", uploaded.events_of("done")[0]["id"].as_str().unwrap());
    fs::create_dir(world.path("down")).unwrap();
    let down = ["download", "netexplorer", &id, "--to", "down", "--part-size", "64KiB"];
    let recording = world.sandbox.netexplorer().recording();
    let ranges = || {
        recording
            .requests()
            .iter()
            .filter(|it| it.operation.as_deref() == Some("downloadFile"))
            .count()
    };
    let mut process = world.command(&down).spawn().unwrap();
    while ranges() < 6 && process.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let before = ranges();
    assert!(!world.path("down/film.bin").exists() || before >= 16);
    world.run(&down).expect(0);
    assert!(tree(&world.path("down")) == [("film.bin".to_owned(), content(1, 1 << 20))].into());
    // 16 parts, of which at most those that were under way are requested again, and one for each worker whose state was
    // not saved yet.
    assert!(ranges() <= 16 + 2 * 4, "{} ranges, {before} of them before", ranges());
}
