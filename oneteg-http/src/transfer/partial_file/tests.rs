use super::*;

#[test]
fn partial_names_fit_and_belong_to_one_target() {
    let partial = |name: &str, token: &str| {
        partial_name(OsStr::new(name), token).to_string_lossy().into_owned()
    };
    assert_eq!(partial("film.mov", ""), "film.mov.part");
    assert_eq!(partial("film.mov", "a1"), "film.mov.a1.part");
    for unit in ["x", "é", "\u{1f600}"] {
        for length in 230..=255 {
            let name: String = unit.repeat(255)[..].chars().take(length / unit.len()).collect();
            for token in ["", "12345678"] {
                assert!(partial(&name, token).len() <= LONGEST_NAME, "{length} {token}");
            }
        }
    }
    // What differs behind the cut still differs.
    let (one, other) = (format!("{}1", "x".repeat(254)), format!("{}2", "x".repeat(254)));
    assert_ne!(partial(&one, ""), partial(&other, ""));
}

#[tokio::test]
async fn a_partial_file_is_removed_unless_a_state_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
    let target = folder.path().join("file");
    let file = PartialFile::create(&target, &disk).await.unwrap();
    let second = PartialFile::create(&target, &disk).await.unwrap();
    assert_eq!((file.token(), second.token().len()), ("", 8));
    file.keep();
    drop((file, second));
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["file.part"]);
    // Somebody else's file of that name is not removed.
    fs::remove_file(folder.path().join("file.part")).unwrap();
    let file = PartialFile::create(&target, &disk).await.unwrap();
    fs::rename(folder.path().join("file.part"), folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("file.part"), "theirs").unwrap();
    let error = file.publish(0, |_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    drop(file);
    assert_eq!(fs::read(folder.path().join("file.part")).unwrap(), b"theirs");
    assert!(!target.exists());
}

#[tokio::test]
async fn a_file_that_got_shorter_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
    let target = folder.path().join("file");
    let file = PartialFile::create(&target, &disk).await.unwrap();
    file.write(0, Bytes::from_static(b"abc")).await.unwrap();
    let error = file.publish(4, |_| Ok(())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    file.publish(2, |_| Ok(())).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"ab");
    for path in ["", "/", ".."] {
        let error = PartialFile::create(Path::new(path), &disk).await.err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Io), "{path}");
    }
    let error = PartialFile::create(folder.path(), &disk).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
}
