//! The folder of connections and sessions: who may read it, and whether it can be written.

use std::{io, path::Path};

use super::finding::Finding;

const CHECK: &str = "files";

/// Examines the folder and what is in it.
pub(super) fn examine(folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            let remedy = "Move the file away, or choose another folder with ONETEG_CONFIG_DIR";
            return vec![Finding::problem(CHECK, format!("{shown} is not a folder"), remedy)];
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let found = format!("{shown} does not exist yet; the first connection creates it");
            return vec![not_creatable(folder).unwrap_or_else(|| Finding::ok(CHECK, found))];
        }
        Err(error) => {
            let remedy = "Check who owns the folder, or choose another one with ONETEG_CONFIG_DIR";
            return vec![Finding::problem(
                CHECK,
                format!("{shown} cannot be read: {error}"),
                remedy,
            )];
        }
    }
    let mut findings = open_to_others(folder);
    findings.extend(not_writable(folder));
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            format!("{shown} is readable by its owner only, and can be written"),
        ));
    }
    findings
}

/// Examines the folder in which a missing one is to be created.
fn not_creatable(folder: &Path) -> Option<Finding> {
    // A relative path with one name is in the current folder.
    let is_there = |parent: &&Path| !parent.as_os_str().is_empty() && parent.exists();
    let parent = folder.ancestors().skip(1).find(is_there).unwrap_or(Path::new("."));
    let mut finding = not_writable(parent)?;
    finding.found = format!("{} cannot be created: {}", folder.display(), finding.found);
    Some(finding)
}

/// Finds what other users can read or write.
fn open_to_others(folder: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut check = |path: &Path, is_refused: bool| {
        // What has vanished needs no check.
        let Ok(metadata) = std::fs::metadata(path) else { return };
        // Without modes, the folder of a user's data is closed to others.
        let mode = oneteg_files::mode(&metadata).unwrap_or(0o700) & 0o777;
        if mode & 0o077 == 0 {
            return;
        }
        let remedy =
            format!("chmod {} {}", if metadata.is_dir() { "700" } else { "600" }, quoted(path));
        let found = format!("other users have access to {} (mode {mode:03o})", path.display());
        findings.push(match is_refused {
            true => Finding::problem(CHECK, found, remedy),
            false => Finding::warning(CHECK, found, remedy),
        });
    };
    check(&folder.join("sessions.key"), true);
    check(&folder.join("settings.toml"), false);
    check(&folder.join("sessions"), false);
    for entry in std::fs::read_dir(folder.join("connections")).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "toml") {
            check(&entry.path(), true);
        }
    }
    findings
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte);
    if path.bytes().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Writes a few bytes, as the commands do: a full disk shows only then.
fn not_writable(folder: &Path) -> Option<Finding> {
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        io::Write::write_all(&mut file, &[0; 8192])?;
        file.as_file().sync_all()
    });
    let error = written.err()?;
    let shown = folder.display();
    Some(match error.kind() {
        io::ErrorKind::StorageFull => {
            let remedy = "Free some space; without it, connections and sessions cannot be kept";
            Finding::problem(CHECK, format!("the disk of {shown} is full"), remedy)
        }
        _ => {
            let remedy = "Check who owns the folder, or choose another one with ONETEG_CONFIG_DIR";
            Finding::problem(CHECK, format!("{shown} cannot be written: {error}"), remedy)
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::super::finding::State;
    use super::*;

    #[test]
    fn files_that_others_can_read_are_named_with_the_command_that_closes_them() {
        let folder = tempfile::tempdir().unwrap();
        let connections = folder.path().join("it's here/connections");
        fs::create_dir_all(&connections).unwrap();
        let root = connections.parent().unwrap();
        let profile = connections.join("acme.toml");
        fs::write(&profile, "").unwrap();
        let set = |mode| fs::set_permissions(&profile, fs::Permissions::from_mode(mode)).unwrap();
        set(0o600);
        let findings = examine(root);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].state, State::Ok);
        set(0o644);
        let findings = examine(root);
        assert_eq!(findings[0].state, State::Problem);
        assert!(findings[0].found.ends_with("(mode 644)"), "{findings:?}");
        let remedy = findings[0].remedy.as_deref().unwrap();
        assert!(remedy.starts_with("chmod 600 '") && remedy.contains(r"it'\''s here"), "{remedy}");
    }

    /// Also for an administrator, nothing can be created there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_cannot_be_created_is_a_problem() {
        let findings = examine(Path::new("/proc/oneteg/config"));
        assert_eq!((findings.len(), findings[0].state), (1, State::Problem), "{findings:?}");
        let found = &findings[0].found;
        assert!(found.starts_with("/proc/oneteg/config cannot be created: /proc "), "{found}");
        assert!(findings[0].remedy.as_deref().unwrap().contains("ONETEG_CONFIG_DIR"));
    }

    #[test]
    fn a_folder_that_is_missing_is_no_problem_and_a_file_in_its_place_is() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(examine(&folder.path().join("none"))[0].state, State::Ok);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(examine(&file)[0].state, State::Problem);
    }
}
