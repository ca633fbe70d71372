//! `sync` killed at random moments: nothing is lost, and nothing is sent twice beyond the part that each worker was
//! sending.

use std::{
    collections::BTreeMap,
    fs,
    process::Child,
    time::{Duration, Instant},
};

use oneteg_sandbox::RecordedRequest;

use crate::world::{Vendor, World, content, full, tree, write};

const PART: usize = 64 << 10;
const PARTS: [&str; 2] = ["--part-size", "64KiB"];
/// Files at the same time, and ranges of one file at the same time.
const WORKERS: usize = 4 * 4;

fn kills() -> usize {
    if full() { 20 } else { 3 }
}

/// How many requests carry the bytes of a file.
fn parts(length: usize) -> usize {
    length.div_ceil(PART).max(1)
}

/// Whether a request carries bytes of a file.
fn sends_bytes(vendor: Vendor, request: &RecordedRequest) -> bool {
    let operation = request.operation.as_deref().unwrap_or_default();
    let of_vendor: &[&str] = match vendor {
        Vendor::NetX => &["importAsset", "importVersion", "getAssetOriginal"],
        Vendor::MediaValet => &["putBlob", "putBlock", "getBlob"],
        Vendor::NetExplorer => &["uploadFile", "uploadTusChunk", "downloadFile"],
    };
    of_vendor.contains(&operation)
}

/// Counts requests that carry bytes, beyond the number that a recording keeps.
struct Counter<'a> {
    world: &'a World,
    vendor: Vendor,
    seen: u64,
    sent: usize,
}

impl<'a> Counter<'a> {
    fn new(world: &'a World, vendor: Vendor) -> Self {
        let seen = vendor.recording(&world.sandbox).counters().requests;
        Self { world, vendor, seen, sent: 0 }
    }

    /// Counts, and returns the number of all requests.
    fn update_all(&mut self) -> u64 {
        self.update();
        self.seen
    }

    fn update(&mut self) -> usize {
        let recording = self.vendor.recording(&self.world.sandbox);
        let all = recording.counters().requests;
        let new = usize::try_from(all - self.seen).unwrap();
        assert!(new < 1_000, "the recording has lost requests");
        self.sent += recording
            .requests()
            .iter()
            .rev()
            .take(new)
            .filter(|it| sends_bytes(self.vendor, it))
            .count();
        self.seen = all;
        self.sent
    }
}

/// Kills a process after a number of further requests with bytes, or of any kind, and a moment of up to 3 ms. Returns
/// whether it was killed before it ended.
fn kill_after(process: &mut Child, counter: &mut Counter<'_>, requests: usize) -> bool {
    let (bytes, all) = (counter.update() + requests, counter.seen + 4 * requests as u64);
    let counts_bytes = fastrand::bool();
    while if counts_bytes { counter.update() < bytes } else { counter.update_all() < all } {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    let moment = Instant::now() + Duration::from_micros(fastrand::u64(0..3_000));
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    let killed = process.try_wait().unwrap().is_none();
    process.kill().unwrap();
    process.wait().unwrap();
    killed
}

/// The sizes of the files that are added: some in one request, some in several parts.
const SIZES: [usize; 5] = [0, 900, 20_000, 3 * PART, 5 * PART + 17];

#[test]
fn an_upload_of_a_folder_survives_kills() {
    let seed = fastrand::get_seed();
    for vendor in Vendor::ALL {
        let world = World::start();
        let source = world.path("source");
        let mut counter = Counter::new(&world, vendor);
        let (mut killed, mut runs, mut expected, mut files) = (0, 0, 0, 0);
        while killed < kills() {
            // Enough to do for each run.
            for size in SIZES {
                write(&source, &format!("folder {}/file {files}", files % 3), size);
                files += 1;
                // One request for a file of NetX and MediaValet, whatever its size.
                expected += if vendor == Vendor::NetExplorer { parts(size) } else { 1 };
            }
            let arguments =
                [&["sync", "up", vendor.name(), "source", vendor.target()], &PARTS[..]].concat();
            let mut process = world.command(&arguments).spawn().unwrap();
            killed += usize::from(kill_after(&mut process, &mut counter, fastrand::usize(1..5)));
            runs += 1;
            assert!(runs < 4 * kills(), "the runs end before they are killed");
        }
        world.up(vendor, "source", &PARTS).expect(0);
        let sent = counter.update();
        let again = world.up(vendor, "source", &PARTS).expect(0);
        assert_eq!(
            (again.total("transferred"), again.total("same")),
            (0, files),
            "{vendor:?}, seed {seed}"
        );
        let remote = world.remote(vendor, tree(&source).len());
        assert_eq!(names(&remote), names(&tree(&source)), "{vendor:?}, seed {seed}");
        assert!(remote == tree(&source), "{vendor:?}: a file differs, seed {seed}");
        // Only files were at work, each with one part at a time, or four blocks.
        assert!(
            sent <= expected + killed * WORKERS,
            "{vendor:?}: {sent} of {expected}, seed {seed}"
        );
        println!(
            "{vendor:?} up: {killed} kills, {files} files, {sent} requests with bytes, {expected} without kills"
        );
    }
}

#[test]
fn a_download_of_a_folder_survives_kills() {
    let seed = fastrand::get_seed();
    for vendor in Vendor::ALL {
        let world = World::start();
        let source = world.path("source");
        let mut sizes = BTreeMap::new();
        for (n, size) in SIZES.iter().cycle().take(20).enumerate() {
            let path = format!("folder {}/file {n}", n % 3);
            write(&source, &path, *size);
            sizes.insert(path, *size);
        }
        world.up(vendor, "source", &PARTS).expect(0);
        // Until MediaValet lists all of them.
        world.remote(vendor, sizes.len());
        let mut counter = Counter::new(&world, vendor);
        let mut expected: usize = sizes.values().map(|size| parts(*size)).sum();
        let (mut killed, mut runs) = (0, 0);
        let target = world.path("target");
        while killed < kills() {
            // Enough to do for each run: complete files are deleted, and come again.
            for path in sizes.keys() {
                if fastrand::u8(0..3) == 0 && fs::remove_file(target.join(path)).is_ok() {
                    expected += parts(sizes[path]);
                }
            }
            let arguments =
                [&["sync", "down", vendor.name(), vendor.target(), "target"], &PARTS[..]].concat();
            let mut process = world.command(&arguments).spawn().unwrap();
            killed += usize::from(kill_after(&mut process, &mut counter, fastrand::usize(1..8)));
            runs += 1;
            assert!(runs < 4 * kills(), "the runs end before they are killed");
            // At any moment, what has its name is complete.
            for (path, content) in
                tree(&target).iter().filter(|(path, _)| sizes.contains_key(*path))
            {
                assert_eq!(content.len(), sizes[path], "{vendor:?} {path}, seed {seed}");
            }
        }
        world.down(vendor, "target", &PARTS).expect(0);
        let sent = counter.update();
        // Nothing of the downloads is left, either.
        assert_eq!(names(&tree(&target)), names(&tree(&source)), "{vendor:?}, seed {seed}");
        assert!(tree(&target) == tree(&source), "{vendor:?}: a file differs, seed {seed}");
        let again = world.down(vendor, "target", &PARTS).expect(0);
        assert_eq!(
            (again.total("transferred"), again.total("failed")),
            (0, 0),
            "{vendor:?}, seed {seed}"
        );
        assert!(
            sent <= expected + killed * WORKERS,
            "{vendor:?}: {sent} of {expected}, seed {seed}"
        );
        println!(
            "{vendor:?} down: {killed} kills, {sent} requests with bytes, {expected} without kills"
        );
    }
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    files.keys().collect()
}

#[test]
fn an_upload_of_one_large_file_survives_kills() {
    // MediaValet takes files of up to 64 MB in one request; larger ones go in blocks, which only the full size tests.
    let netexplorer = (Vendor::NetExplorer, 2 << 20, "uploadTusChunk");
    let mediavalet = (Vendor::MediaValet, 68 << 20, "putBlock");
    let cases = if full() { vec![netexplorer, mediavalet] } else { vec![netexplorer] };
    for (vendor, size, operation) in cases {
        let world = World::with(|builder| builder.mediavalet_processing_polls(0));
        fs::write(world.path("film.bin"), content(5, size)).unwrap();
        let part = (size / 64).to_string();
        let to = ["--to", vendor.target(), "--create", "--part-size", &part];
        let upload = [&["upload", vendor.name(), "film.bin"][..], &to].concat();
        let mut counter = Counter::new(&world, vendor);
        let mut killed = 0;
        for _ in 0..kills() {
            let mut process = world.command(&upload).spawn().unwrap();
            killed += usize::from(kill_after(&mut process, &mut counter, fastrand::usize(1..5)));
        }
        world.run(&upload).expect(0);
        assert_eq!(leftovers(&world), 0, "a state is left");
        let sent = counter.update();
        // Four blocks at the same time, or one piece.
        let workers = if vendor == Vendor::MediaValet { 4 } else { 1 };
        assert!(
            sent <= 64 + killed * workers,
            "{vendor:?}: {sent} times {operation}, {killed} kills"
        );
        let remote = world.remote(vendor, 1);
        assert!(
            remote == [("film.bin".to_owned(), content(5, size))].into(),
            "{vendor:?}: the file differs"
        );
        println!("{vendor:?} one file: {killed} kills, {sent} of 64 parts sent");
    }
}

/// The number of states that are left.
fn leftovers(world: &World) -> usize {
    let states = fs::read_dir(world.config().join("transfers/uploads")).unwrap();
    states
        .filter(|state| !state.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".lock"))
        .count()
}
