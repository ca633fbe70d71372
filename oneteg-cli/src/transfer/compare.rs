//! Whether a file has to be transferred.
//!
//! | The source | The target | Then |
//! |---|---|---|
//! | exists | does not exist | transferred |
//! | unchanged since the last sync | unchanged since the last sync | same |
//! | changed | unchanged | compared; replaced if they differ |
//! | unchanged or changed | changed, or never synced | compared; a conflict if they differ, unless overwriting is allowed |
//!
//! Files are compared by their checksum if the vendor gives one, otherwise by size and date.

use std::path::Path;

use oneteg_http::{Checksum, Error};

use super::{local::Stamp, remote::RemoteFile};

/// What is known of a file on both sides before the contents are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether the source is unchanged since the last sync; `None`: it was never synced.
    pub(super) source_unchanged: Option<bool>,
    /// The same of the target.
    pub(super) target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Unchanged,
    Changed,
    /// It exists, and was never synced.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    /// The contents decide. If they differ: whether the target may be replaced.
    Compare {
        may_replace: bool,
    },
}

pub(super) fn decide(known: Known) -> Verdict {
    match (known.target, known.source_unchanged) {
        (Target::Unchanged, Some(true)) => Verdict::Same,
        (Target::Unchanged, _) => Verdict::Compare { may_replace: true },
        (Target::Changed | Target::Unknown, _) => Verdict::Compare { may_replace: false },
    }
}

/// How two files were found to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Equality {
    Checksum,
    SizeAndDate,
    Different,
}

/// Which of the two files is the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// Compares a file on disk with one at a vendor. Reads the file on disk if the vendor gives a checksum.
pub(super) async fn compare(
    path: &Path,
    stamp: Stamp,
    file: &RemoteFile,
    direction: Direction,
    keeps_dates: bool,
) -> Result<Equality, Error> {
    if file.size.is_some_and(|size| size != stamp.size) {
        return Ok(Equality::Different);
    }
    if let Some(md5) = &file.md5 {
        let same = Checksum::md5(md5).matches(path).await?;
        return Ok(if same { Equality::Checksum } else { Equality::Different });
    }
    let same = file.size.is_some() && dates_agree(stamp, file, direction, keeps_dates);
    Ok(if same { Equality::SizeAndDate } else { Equality::Different })
}

/// In whole seconds, the precision of some disks and vendors.
fn dates_agree(stamp: Stamp, file: &RemoteFile, direction: Direction, keeps_dates: bool) -> bool {
    let local = stamp.modified.map(|modified| modified.div_euclid(1_000_000_000));
    let remote = file.changed.map(|changed| changed.timestamp());
    let Some((local, remote)) = local.zip(remote) else { return false };
    match direction {
        _ if keeps_dates => local == remote,
        // The date at the vendor is that of the upload: the file has not changed since.
        Direction::Up => local <= remote,
        Direction::Down => remote <= local,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn only_what_the_sync_has_put_there_is_replaced() {
        let verdict = |source_unchanged, target| decide(Known { source_unchanged, target });
        for source in [None, Some(true), Some(false)] {
            for target in [Target::Changed, Target::Unknown] {
                assert_eq!(verdict(source, target), Verdict::Compare { may_replace: false });
            }
        }
        assert_eq!(verdict(Some(true), Target::Unchanged), Verdict::Same);
        assert_eq!(verdict(Some(false), Target::Unchanged), Verdict::Compare { may_replace: true });
    }

    #[tokio::test]
    async fn a_checksum_decides_and_without_one_size_and_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let stamp = |seconds: i64| Stamp { size: 3, modified: Some(seconds * 1_000_000_000 + 5) };
        let file = |size, md5: Option<&str>, seconds| RemoteFile {
            size,
            md5: md5.map(str::to_owned),
            changed: DateTime::from_timestamp(seconds, 0),
            ..RemoteFile::default()
        };
        let equality = async |seconds, file: RemoteFile, direction, keeps_dates| {
            compare(&path, stamp(seconds), &file, direction, keeps_dates).await.unwrap()
        };
        let (up, down) = (Direction::Up, Direction::Down);
        let abc = Some("900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(equality(9, file(Some(3), abc, 1), up, false).await, Equality::Checksum);
        assert_eq!(equality(9, file(None, abc, 1), up, false).await, Equality::Checksum);
        let other = Some("00000000000000000000000000000000");
        assert_eq!(equality(1, file(Some(3), other, 1), up, true).await, Equality::Different);
        assert_eq!(equality(1, file(Some(4), abc, 1), up, true).await, Equality::Different);
        assert_eq!(equality(1, file(None, None, 1), up, true).await, Equality::Different);
        for (direction, keeps_dates, local, remote, same) in [
            (up, false, 5, 6, true),
            (up, false, 6, 5, false),
            (down, false, 6, 5, true),
            (down, false, 5, 6, false),
            (up, true, 5, 5, true),
            (up, true, 5, 6, false),
            (down, true, 6, 5, false),
        ] {
            let found = equality(local, file(Some(3), None, remote), direction, keeps_dates).await;
            let expected = if same { Equality::SizeAndDate } else { Equality::Different };
            assert_eq!(found, expected, "{direction:?} {keeps_dates} {local} {remote}");
        }
    }
}
