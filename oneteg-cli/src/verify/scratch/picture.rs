//! The file that a run uploads: a picture of one pixel.

use std::sync::Arc;

/// Its media type.
pub(super) const MEDIA_TYPE: &str = "image/gif";

/// A GIF whose comment is the name, so that no two runs upload the same bytes. It contains bytes that a conversion of
/// text would change. Of a name, the first 200 bytes count.
pub(super) fn of(name: &str) -> Arc<[u8]> {
    let comment: Vec<u8> = name.bytes().take(200).chain(*b"\r\n\n\x80\xff").collect();
    let mut picture = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    picture.extend(b"!\xfe");
    // At most 205.
    picture.extend(u8::try_from(comment.len()));
    picture.extend(comment);
    picture.push(0);
    picture.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
    picture.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_small_and_another_one_each_time() {
        let (one, other) = (of("oneteg-verify-1"), of("oneteg-verify-2"));
        assert!(one.starts_with(b"GIF89a") && one.ends_with(b";") && one.len() < 100);
        assert_ne!(one, other);
        assert!(std::str::from_utf8(&one).is_err());
        // The blocks end where their lengths state.
        let comment = usize::from(one[21]);
        assert_eq!((&one[19..21], one[22 + comment]), (&b"!\xfe"[..], 0));
        assert_eq!(one[23 + comment], b',');
        assert!(of(&"x".repeat(1000)).len() < 260);
    }
}
