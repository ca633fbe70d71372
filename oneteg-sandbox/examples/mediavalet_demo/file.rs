//! Creates a file to upload, and computes checksums to compare.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use md5::{Digest, Md5};

/// The size of the pieces in which files are written and read, in bytes.
const PIECE: usize = 1 << 20;

/// Writes a file whose pieces all differ, and returns its MD5.
pub(crate) fn write(path: &Path, size: u64) -> io::Result<String> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut hash = Md5::new();
    let mut piece: Vec<u8> = (0..PIECE).map(|index| index.to_le_bytes()[index % 3]).collect();
    let mut remaining = size;
    while remaining > 0 {
        let length = usize::try_from(remaining).unwrap_or(PIECE).min(PIECE);
        // Each piece has its position, so that a misplaced block changes the checksum.
        piece[..8].copy_from_slice(&remaining.to_le_bytes());
        file.write_all(&piece[..length])?;
        hash.update(&piece[..length]);
        remaining -= length as u64;
    }
    file.flush()?;
    Ok(hexadecimal(hash))
}

/// The MD5 of a file.
pub(crate) fn md5(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Md5::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(hexadecimal(hash));
        }
        hash.update(&piece[..length]);
    }
}

fn hexadecimal(hash: Md5) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
