//! Creates a picture to upload, and computes checksums to compare.

use md5::{Digest, Md5};

/// A PNG of a sunrise: a gradient with a disc.
pub(crate) fn png(width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let (centre, radius) = ((width / 2, height * 2 / 3), i64::from(height / 4));
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (i64::from(x) - i64::from(centre.0), i64::from(y) - i64::from(centre.1));
            let in_disc = dx * dx + dy * dy < radius * radius;
            let warmth = u8::try_from(y * 255 / height).unwrap_or(u8::MAX);
            pixels.extend(if in_disc {
                [255, 220, 120]
            } else {
                [warmth, warmth / 2, 255 - warmth]
            });
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

/// The MD5 in hexadecimal, which NetX calls a checksum.
pub(crate) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
