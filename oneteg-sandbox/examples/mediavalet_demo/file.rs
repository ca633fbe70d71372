//! A file to upload, and checksums to compare.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use md5::{Digest, Md5};

/// The bytes handled at a time.
const PIECE: usize = 1 << 20;

/// Writes a file whose pieces all differ, and answers its MD5.
pub(crate) fn write(path: &Path, size: u64) -> io::Result<String> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut sum = Md5::new();
    let mut piece: Vec<u8> = (0..PIECE).map(|at| at.to_le_bytes()[at % 3]).collect();
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        // Its place in the file, so that a block at a wrong place is another file.
        piece[..8].copy_from_slice(&left.to_le_bytes());
        file.write_all(&piece[..length])?;
        sum.update(&piece[..length]);
        left -= length as u64;
    }
    file.flush()?;
    Ok(hexadecimal(sum))
}

/// The MD5 of a file.
pub(crate) fn md5(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sum = Md5::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(hexadecimal(sum));
        }
        sum.update(&piece[..length]);
    }
}

fn hexadecimal(sum: Md5) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
