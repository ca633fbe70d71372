use std::{fmt::Write as _, io, path::Path};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind};

/// What the bytes of a file must add up to. MD5 is what storage hosts give; it tells damage, not malice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    expected: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Checksum {
    /// An MD5 sum in hexadecimal digits.
    pub fn md5(hex: &str) -> Self {
        Self { algorithm: Algorithm::Md5, expected: hex.trim().to_ascii_lowercase() }
    }

    /// A SHA-256 sum in hexadecimal digits.
    pub fn sha256(hex: &str) -> Self {
        Self { algorithm: Algorithm::Sha256, expected: hex.trim().to_ascii_lowercase() }
    }

    /// Compares a file with it. Reads the whole file and blocks.
    pub(super) fn verify(&self, path: &Path) -> Result<(), Error> {
        let sum = match self.algorithm {
            Algorithm::Md5 => sum::<Md5>(path),
            Algorithm::Sha256 => sum::<Sha256>(path),
        };
        let sum = sum.map_err(|error| {
            Error::new(ErrorKind::Io, "the file that was downloaded cannot be read")
                .with_source(error)
        })?;
        if sum != self.expected {
            let message = format!("the checksum is {sum} and not {}", self.expected);
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        Ok(())
    }
}

fn sum<D: Digest>(path: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = D::new();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = io::Read::read(&mut file, &mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
    }
    let mut hex = String::new();
    for byte in digest.finalize() {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}
