//! Checksums that vendors document for files.

use std::{fmt::Write as _, fs::File, io, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE};
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::{Error, ErrorKind};

/// The expected checksum of a file. MD5 is what storage hosts provide; it detects damage, not manipulation.
///
/// Checksums are given in hexadecimal digits or in Base64, as in `Content-MD5`. A string that is not such a checksum
/// fails the download with [`ErrorKind::InvalidRequest`] before anything is requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    /// The checksum, or the string that is not one.
    expected: Result<Vec<u8>, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// The length of a checksum in bytes.
    fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 => 32,
        }
    }

    fn start(self) -> Digesting {
        match self {
            Self::Md5 => Digesting::Md5(Md5::new()),
            Self::Sha256 => Digesting::Sha256(Sha256::new()),
        }
    }
}

/// The checksum of the beginning of a file.
#[derive(Debug, Clone)]
pub(super) struct FileDigest {
    digesting: Digesting,
    /// How many bytes it covers.
    length: u64,
}

#[derive(Debug, Clone)]
enum Digesting {
    Md5(Md5),
    Sha256(Sha256),
}

impl FileDigest {
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Covers the file up to a length or its end, whichever comes first. Reads what is new, and blocks.
    pub(super) fn extend(&mut self, file: &File, length: u64) -> io::Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        while self.length < length {
            let left = usize::try_from(length - self.length).unwrap_or(usize::MAX);
            let end = left.min(buffer.len());
            let read = oneteg_files::read_at(file, &mut buffer[..end], self.length)?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            match &mut self.digesting {
                Digesting::Md5(digest) => digest.update(bytes),
                Digesting::Sha256(digest) => digest.update(bytes),
            }
            self.length += read as u64;
        }
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        match self.digesting {
            Digesting::Md5(digest) => digest.finalize().to_vec(),
            Digesting::Sha256(digest) => digest.finalize().to_vec(),
        }
    }
}

impl Checksum {
    /// An MD5 checksum: 32 hexadecimal digits, or the Base64 of its 16 bytes.
    pub fn md5(checksum: &str) -> Self {
        Self::new(Algorithm::Md5, checksum)
    }

    /// A SHA-256 checksum: 64 hexadecimal digits, or the Base64 of its 32 bytes.
    pub fn sha256(checksum: &str) -> Self {
        Self::new(Algorithm::Sha256, checksum)
    }

    fn new(algorithm: Algorithm, given: &str) -> Self {
        let bytes = parse(given.trim()).filter(|bytes| bytes.len() == algorithm.length());
        Self { algorithm, expected: bytes.ok_or_else(|| given.chars().take(100).collect()) }
    }

    /// Whether the file at a path has this checksum; `false` if there is no file. To skip what was downloaded
    /// before. Reads the whole file, in a task for blocking work.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), oneteg_http::Error> {
    /// use oneteg_http::Checksum;
    ///
    /// if Checksum::md5("900150983cd24fb0d6963f7d28e17f72").matches("harbour.jpg").await? {
    ///     println!("it is there already");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] if the given string is not a checksum; [`ErrorKind::Io`] if there is a file
    /// that cannot be read.
    pub async fn matches(&self, path: impl Into<PathBuf>) -> Result<bool, Error> {
        let (checksum, path) = (self.clone(), path.into());
        checksum.check()?;
        let unreadable = |error| {
            Error::new(ErrorKind::Io, "the file to compare cannot be read").with_source(error)
        };
        let compared = tokio::task::spawn_blocking(move || match File::open(path) {
            Ok(file) => {
                let mut digest = checksum.start();
                digest.extend(&file, u64::MAX)?;
                Ok(checksum.expected == Ok(digest.finish()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        });
        compared.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(unreadable)
    }

    /// Fails if the given string is not a checksum.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Err(given) = &self.expected else { return Ok(()) };
        let (name, bytes) = (self.algorithm.name(), self.algorithm.length());
        Err(Error::invalid_request(format!(
            "`{given}` is not a checksum for {name}: pass {} hexadecimal digits, or the Base64 of {bytes} bytes",
            bytes * 2
        )))
    }

    /// The checksum of a file, of which nothing is covered yet.
    pub(super) fn start(&self) -> FileDigest {
        FileDigest { digesting: self.algorithm.start(), length: 0 }
    }

    /// Compares it with that of a file whose beginning is covered. Reads the rest, and blocks.
    pub(super) fn verify(&self, mut digest: FileDigest, file: &File) -> Result<(), Error> {
        self.check()?;
        digest.extend(file, u64::MAX).map_err(|error| {
            Error::new(ErrorKind::Io, "the downloaded file cannot be read").with_source(error)
        })?;
        let actual = digest.finish();
        match &self.expected {
            Ok(expected) if *expected != actual => {
                let (name, actual, expected) = (self.algorithm.name(), hex(&actual), hex(expected));
                let message = format!("the {name} checksum is {actual} instead of {expected}");
                Err(Error::new(ErrorKind::Integrity, message))
            }
            _ => Ok(()),
        }
    }
}

/// The bytes of a checksum. No Base64 of 16 or 32 bytes has 32 or 64 characters, so the forms are distinct.
fn parse(given: &str) -> Option<Vec<u8>> {
    let is_hex = matches!(given.len(), 32 | 64) && given.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex {
        let byte = |at: usize| u8::from_str_radix(given.get(at..at + 2)?, 16).ok();
        return (0..given.len()).step_by(2).map(byte).collect();
    }
    let mut padded = given.trim_end_matches('=').to_owned();
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    BASE64_STANDARD.decode(&padded).or_else(|_| BASE64_URL_SAFE.decode(&padded)).ok()
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_hex_and_as_base64_and_nothing_else() {
        // The checksums of "abc" in RFC 1321 appendix A.5 and FIPS 180-4.
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for given in
            [md5, &md5.to_uppercase(), " kAFQmDzST7DWlj99KOF/cg==\n", "kAFQmDzST7DWlj99KOF_cg"]
        {
            assert_eq!(Checksum::md5(given), Checksum::md5(md5), "{given}");
        }
        assert_eq!(
            Checksum::sha256("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            Checksum::sha256(sha)
        );
        for valid in [Checksum::md5(md5), Checksum::sha256(sha)] {
            valid.check().unwrap();
        }
        for invalid in ["", "x", &md5[1..], &md5[2..], sha, &md5.replace('9', "g"), "====", "é"] {
            let error = Checksum::md5(invalid).check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{invalid}");
        }
        Checksum::sha256(md5).check().unwrap_err();
    }

    #[tokio::test]
    async fn a_file_matches_its_checksum_and_a_missing_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        let checksum = Checksum::md5("900150983cd24fb0d6963f7d28e17f72");
        assert!(!checksum.matches(&path).await.unwrap());
        std::fs::write(&path, "abc").unwrap();
        assert!(checksum.matches(&path).await.unwrap());
        std::fs::write(&path, "abd").unwrap();
        assert!(!checksum.matches(&path).await.unwrap());
        let error = checksum.matches(folder.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let error = Checksum::md5("x").matches(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
}
