//! A ZIP archive of small files, which are stored without compression (PKWARE's `APPNOTE.TXT`, sections 4.3.7, 4.3.12
//! and 4.3.16).

use crc32fast::hash;

/// The version that is needed to extract: 2.0.
const VERSION: u16 = 20;

/// Names are UTF-8 (section 4.4.4, bit 11).
const UTF8_NAMES: u16 = 1 << 11;

/// 1 January 1980 in MS-DOS format, so that the same files make the same archive.
const DATE: u16 = 0x21;

/// The archive of these files, by name. `None` if a name or a file is larger than the format without extensions
/// allows.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let offset = u32::try_from(bytes.len()).ok()?;
        let header = common_header(name, content)?;
        bytes.extend(*b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
        directory.extend(*b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&header);
        // No comment, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length) = (u32::try_from(bytes.len()).ok()?, u32::try_from(directory.len()).ok()?);
    let count = u16::try_from(files.len()).ok()?;
    bytes.extend(directory);
    bytes.extend(*b"PK\x05\x06");
    bytes.extend([0; 4]);
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    Some(bytes)
}

/// The fields that the header of a file shares with its entry in the directory.
fn common_header(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let (length, name) = (u32::try_from(content.len()).ok()?, u16::try_from(name.len()).ok()?);
    let mut header = Vec::with_capacity(26);
    // The method is 0, stored; the time is midnight.
    for field in [VERSION, UTF8_NAMES, 0, 0, DATE] {
        header.extend(field.to_le_bytes());
    }
    for field in [hash(content), length, length] {
        header.extend(field.to_le_bytes());
    }
    header.extend(name.to_le_bytes());
    // No extra field.
    header.extend([0; 2]);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_have_their_documented_lengths() {
        let bytes = archive(&[("a.csv", b"id\n1\n"), ("\u{e9}", b"")]).unwrap();
        let (local, central, end) = (30, 46, 22);
        let names = 5 + 2;
        assert_eq!(bytes.len(), 2 * local + names + 5 + 2 * central + names + end);
        assert_eq!(&bytes[14..18], hash(b"id\n1\n").to_le_bytes());
        let directory = u32::from_le_bytes(bytes[bytes.len() - 6..][..4].try_into().unwrap());
        assert_eq!(&bytes[directory as usize..][..4], b"PK\x01\x02");
        assert_eq!(archive(&[]).unwrap().len(), end);
    }
}
