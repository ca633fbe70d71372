//! Whether the programs of a Debian package are on this machine.

use std::path::{Path, PathBuf};

/// The path of a program in `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The folder with the programs of the newest PostgreSQL: below `/usr/lib/postgresql` on Debian, which keeps them out
/// of `PATH`, or that of a `postgres` in `PATH`.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let number = |path: &Path| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|path| Some((number(&path)?, path.join("bin"))))
        .filter(|(_, programs)| programs.join("postgres").is_file())
        .max();
    match newest {
        Some((_, programs)) => Some(programs),
        None => Some(program("postgres")?.parent()?.to_owned()),
    }
}

#[allow(clippy::print_stdout)]
pub(crate) fn skipped(package: &str) {
    println!("SKIPPED: needs the Debian package {package}");
}
