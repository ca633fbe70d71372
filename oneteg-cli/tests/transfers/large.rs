//! Memory during transfers of files that are much larger than it may get.

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_whatever_the_size_of_the_file() {
    use std::{
        fs::{self, File},
        io::Write as _,
        process::Child,
    };

    use crate::world::{Vendor, World, content, full};

    /// The greatest resident memory of a process that ran to its end, in MiB.
    fn peak(mut process: Child) -> u64 {
        let status = format!("/proc/{}/status", process.id());
        let mut peak = 0;
        while process.try_wait().unwrap().is_none() {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let now = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            peak = peak.max(now.unwrap_or(0) / 1024);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(process.wait().unwrap().success());
        peak
    }

    let size: usize = if full() { 1 << 30 } else { 48 << 20 };
    let world = World::with(|builder| builder.netexplorer_upload_limit(2 << 30));
    let block = content(9, 4 << 20);
    let mut file = File::create(world.path("film.bin")).unwrap();
    for _ in 0..size / block.len() {
        file.write_all(&block).unwrap();
    }
    drop(file);
    let target = Vendor::NetExplorer.target();
    let up =
        ["upload", "netexplorer", "film.bin", "--to", target, "--create", "--part-size", "8MiB"];
    let up = peak(world.command(&up).spawn().unwrap());
    let at = format!("{target}/film.bin");
    let down = ["download", "netexplorer", &at, "--to", "copy.bin", "--part-size", "8MiB"];
    let down = peak(world.command(&down).spawn().unwrap());
    assert_eq!(fs::metadata(world.path("copy.bin")).unwrap().len(), size as u64);
    println!("{} MiB: at most {up} MiB of memory up, {down} MiB down", size >> 20);
    // A small part of the full size; the rest is the program and four parts.
    assert!(up < 200 && down < 200, "{up} MiB up, {down} MiB down");
}
