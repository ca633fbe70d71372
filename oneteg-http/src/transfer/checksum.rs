//! Checksums that vendors document for files.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Seek},
    path::PathBuf,
};

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE};
use md5::Md5;
use sha2::{Digest, Sha256};

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

    fn digest_of(self, file: &File) -> io::Result<Vec<u8>> {
        match self {
            Self::Md5 => digest_of::<Md5>(file),
            Self::Sha256 => digest_of::<Sha256>(file),
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
            Ok(file) => Ok(checksum.expected == Ok(checksum.algorithm.digest_of(&file)?)),
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

    /// Compares it with that of a file. Reads the whole file, and blocks.
    pub(super) fn verify(&self, file: &File) -> Result<(), Error> {
        self.check()?;
        let actual = self.algorithm.digest_of(file).map_err(|error| {
            Error::new(ErrorKind::Io, "the downloaded file cannot be read").with_source(error)
        })?;
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

fn digest_of<D: Digest>(mut file: &File) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut digest = D::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    Ok(digest.finalize().to_vec())
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
