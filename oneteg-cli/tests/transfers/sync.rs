//! `sync` in both directions.

use std::{collections::BTreeMap, fs, path::Path};

use crate::world::{Vendor, World, tree, write};

/// Files in folders, some larger than a part.
fn fill(folder: &Path) {
    write(folder, "a.txt", 300);
    write(folder, "empty", 0);
    write(folder, "b/large.bin", 200_000);
    write(folder, "b/c/caf\u{e9}.txt", 4_000);
    write(folder, "d e/f.txt", 70);
}

const PARTS: [&str; 2] = ["--part-size", "64KiB"];

#[test]
fn a_folder_goes_up_and_down_and_only_changes_are_transferred() {
    let world = World::start();
    let source = world.path("source");
    fill(&source);
    for vendor in Vendor::ALL {
        let up = world.up(vendor, "source", &PARTS).expect(0);
        assert_eq!(
            (up.total("transferred"), up.total("created"), up.total("failed")),
            (5, 3, 0),
            "{vendor:?}"
        );
        assert!(world.remote(vendor, 5) == tree(&source), "{vendor:?}");

        // Without the journal, everything is found to be the same.
        let again = world.up(vendor, "source", &PARTS).expect(0);
        assert_eq!((again.total("transferred"), again.total("same")), (0, 5), "{vendor:?}");

        write(&source, "d e/f.txt", 71);
        write(&source, "new", 5);
        let changes = world.up(vendor, "source", &PARTS).expect(0);
        assert_eq!(changes.paths_of("done"), ["d e/f.txt", "new"], "{vendor:?}");

        let target = format!("down {}", vendor.name());
        let down = world.down(vendor, &target, &PARTS).expect(0);
        assert_eq!(down.total("failed"), 0);
        fs::remove_file(source.join("new")).unwrap();
        write(&source, "d e/f.txt", 70);
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::start();
    fill(&world.path("source"));
    for vendor in Vendor::ALL {
        let before = vendor.recording(&world.sandbox).counters().writes;
        let up = world.up(vendor, "source", &["--dry-run"]).expect(0);
        let planned: Vec<_> = up
            .events_of("planned")
            .iter()
            .map(|it| format!("{} {}", it["action"], it["path"]))
            .collect();
        assert_eq!(planned.len(), 8, "{planned:?}");
        assert!(planned.contains(&r#""upload" "b/large.bin""#.to_owned()), "{planned:?}");
        assert_eq!(vendor.recording(&world.sandbox).counters().writes, before, "{vendor:?}");
    }
    let down = world.run(&["sync", "down", "netx", "Products", "nowhere", "--dry-run"]).expect(0);
    assert!(!down.events_of("planned").is_empty());
    assert!(!world.path("nowhere").exists() && !world.config().join("transfers").exists());
}

#[test]
fn nothing_is_deleted_without_a_request_and_a_yes() {
    let world = World::with(|builder| builder.mediavalet_processing_polls(0));
    for vendor in Vendor::ALL {
        let source = world.path("source");
        let _ = fs::remove_dir_all(&source);
        fill(&source);
        world.up(vendor, "source", &[]).expect(0);
        fs::remove_dir_all(source.join("d e")).unwrap();
        fs::remove_file(source.join("a.txt")).unwrap();

        assert_eq!(world.up(vendor, "source", &[]).expect(0).total("deleted"), 0);
        let refused = world.up(vendor, "source", &["--delete"]).expect(2);
        assert!(refused.stderr.contains("--yes deletes without asking"), "{}", refused.stderr);
        let planned = world.up(vendor, "source", &["--delete", "--dry-run"]).expect(0);
        assert!(planned.paths_of("planned").contains(&"a.txt".to_owned()));
        let deleted = world.up(vendor, "source", &["--delete", "--yes"]).expect(0);
        let mut expected = vec!["a.txt", "d e/f.txt"];
        if vendor != Vendor::NetX {
            expected.insert(1, "d e");
        }
        assert_eq!(deleted.paths_of("deleted"), expected, "{vendor:?}");
        assert!(world.remote(vendor, 3) == tree(&source), "{vendor:?}");

        // And down: what only the disk has.
        world.down(vendor, "copy", &[]).expect(0);
        write(&world.path("copy"), "b/mine/extra.txt", 9);
        assert_eq!(world.down(vendor, "copy", &[]).expect(0).total("deleted"), 0);
        let deleted = world.down(vendor, "copy", &["--delete", "--yes"]).expect(0);
        let mut expected = vec!["b/mine", "b/mine/extra.txt"];
        if vendor == Vendor::NetX {
            // The folder that NetX kept is in the copy as well.
            expected.retain(|path| !path.is_empty());
        }
        assert_eq!(deleted.paths_of("deleted"), expected, "{vendor:?}");
        assert!(tree(&world.path("copy")) == tree(&source), "{vendor:?}");
        fs::remove_dir_all(world.path("copy")).unwrap();
    }
}

#[test]
fn a_target_that_others_changed_is_a_conflict() {
    let world = World::with(|builder| builder.mediavalet_processing_polls(0));
    for vendor in Vendor::ALL {
        let _ = fs::remove_dir_all(world.path("one"));
        write(&world.path("one"), "note.txt", 10);
        write(&world.path("one"), "same.txt", 10);
        world.up(vendor, "one", &[]).expect(0);
        world.down(vendor, "two", &[]).expect(0);
        // Changed on disk, and changed at the vendor by somebody else.
        write(&world.path("two"), "note.txt", 20);
        write(&world.path("one"), "note.txt", 30);
        world.up(vendor, "one", &[]).expect(0);
        let conflict = world.down(vendor, "two", &[]).expect(5);
        assert_eq!(conflict.paths_of("failed"), ["note.txt"], "{vendor:?}");
        assert!(
            conflict.stderr.contains("has changed since the last sync; --overwrite replaces it")
        );
        assert_eq!(fs::metadata(world.path("two/note.txt")).unwrap().len(), 20);
        world.up(vendor, "two", &[]).expect(5);
        world.down(vendor, "two", &["--overwrite"]).expect(0);
        assert!(tree(&world.path("two")) == tree(&world.path("one")), "{vendor:?}");
        // A file that is not from a sync.
        world.forget();
        write(&world.path("two"), "note.txt", 20);
        let unknown = world.down(vendor, "two", &[]).expect(5);
        assert!(unknown.stderr.contains("is not from an earlier sync"), "{}", unknown.stderr);
        fs::remove_dir_all(world.path("two")).unwrap();
    }
}

#[test]
fn an_asset_in_processing_is_not_uploaded_twice() {
    let world = World::with(|builder| builder.mediavalet_processing_polls(50));
    fill(&world.path("source"));
    let before = world.sandbox.mediavalet().asset_count();
    world.up(Vendor::MediaValet, "source", &[]).expect(0);
    let again = world.up(Vendor::MediaValet, "source", &[]).expect(0);
    assert_eq!((again.total("transferred"), again.total("same")), (0, 5));
    assert_eq!(world.sandbox.mediavalet().asset_count(), before + 5);
}

#[test]
fn names_that_a_disk_cannot_have_survive_both_directions() {
    let world = World::start();
    let runtime = &world.runtime;
    let client = netx_sdk::Client::builder(world.sandbox.netx_url())
        .api_key(world.sandbox.netx_api_key())
        .build()
        .unwrap();
    let names = ["a:b?.txt", "A.txt", "a.txt", "nul"];
    runtime.block_on(async {
        let folder = client.find_or_create_folder(Vendor::NetX.target()).await.unwrap();
        for name in names {
            client.upload(folder.id, name.as_bytes().to_vec()).name(name).await.unwrap();
        }
    });
    let down = world.down(Vendor::NetX, "copy", &[]).expect(0);
    let files = tree(&world.path("copy"));
    assert_eq!(files.len(), 4, "{:?}", files.keys());
    assert_eq!(files["a%3Ab%3F.txt"], b"a:b?.txt");
    // Whatever the names on disk are, each has the content of one at the vendor.
    let contents: BTreeMap<_, _> =
        files.iter().map(|(path, content)| (content.clone(), path)).collect();
    assert!(names.iter().all(|name| contents.contains_key(name.as_bytes())));
    assert_eq!(down.events_of("note").len(), 3, "{}", down.stdout);
    // Back up, with and without the journal: these are the same files.
    for _ in 0..2 {
        let up = world.up(Vendor::NetX, "copy", &[]).expect(0);
        assert_eq!((up.total("transferred"), up.total("same")), (0, 4), "{}", up.stdout);
        world.forget();
    }
}

#[test]
fn people_read_lines_and_a_summary() {
    let world = World::start();
    fill(&world.path("source"));
    let text = ["--output", "text"];
    let planned = world.up(Vendor::NetX, "source", &[&text[..], &["--dry-run"]].concat()).expect(0);
    assert!(planned.stdout.contains("upload     b/large.bin  195.31 KiB\n"), "{}", planned.stdout);
    assert_eq!(planned.stderr, "3 folders to create, 5 files to transfer (199.58 KiB)\n");
    let done = world.up(Vendor::NetX, "source", &text).expect(0);
    assert!(done.stdout.contains("created    b/c/\n"), "{}", done.stdout);
    assert!(done.stdout.contains("uploaded   d e/f.txt  70 B  id:"), "{}", done.stdout);
    assert_eq!(done.stderr, "5 uploaded (199.58 KiB), 3 folders created\n");
    let again = world.up(Vendor::NetX, "source", &text).expect(0);
    assert_eq!((&*again.stdout, &*again.stderr), ("", "0 uploaded (0 B), 5 unchanged\n"));
    write(&world.path("source"), "a.txt", 301);
    let quiet = world.up(Vendor::NetX, "source", &[&text[..], &["--quiet"]].concat()).expect(0);
    assert_eq!((&*quiet.stdout, &*quiet.stderr), ("", ""));
    // A name with a control character moves no cursor.
    #[cfg(unix)]
    {
        write(&world.path("source"), "x\u{1b}[2Jy", 3);
        let odd = world.up(Vendor::NetX, "source", &text).expect(5);
        assert!(odd.stderr.contains("failed: x\\u{1b}[2Jy: "), "{:?}", odd.stderr);
    }
}
