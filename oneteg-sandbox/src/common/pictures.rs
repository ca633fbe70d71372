//! PNG pictures: encoding, size and smaller copies.

use std::io::Cursor;

use bytes::Bytes;
use png::{
    BitDepth, ColorType, Compression, Decoder, Encoder, EncodingError, Filter, Limits,
    Transformations,
};

/// The largest picture that is decoded for a smaller copy, in pixels. A compressed file of a few kilobytes can
/// claim far more than fits into memory.
const MAX_PIXELS: u64 = 16_000_000;

/// The size of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureSize {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl PictureSize {
    /// The size scaled down to fit a square of `edge` pixels, with the same proportions. It never grows, and no
    /// side becomes zero.
    pub(crate) fn within(self, edge: u32) -> Self {
        let longest = self.width.max(self.height);
        if longest <= edge {
            return self;
        }
        let scaled = |side: u32| {
            let exact = u64::from(side) * u64::from(edge) / u64::from(longest);
            u32::try_from(exact).unwrap_or(edge).max(1)
        };
        Self { width: scaled(self.width), height: scaled(self.height) }
    }
}

/// The size of a PNG picture; `None` for anything else.
pub(crate) fn size(bytes: &[u8]) -> Option<PictureSize> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    let header = decoder.read_header_info().ok()?;
    Some(PictureSize { width: header.width, height: header.height })
}

/// A copy as PNG whose longest edge is at most `edge` pixels. A picture that is small enough is returned
/// unchanged; `None` if the picture cannot be decoded.
pub(crate) fn scaled_down(bytes: &Bytes, edge: u32) -> Option<Bytes> {
    let picture = decode(bytes)?;
    let target = picture.size.within(edge);
    if target == picture.size {
        return Some(bytes.clone());
    }
    encode(target, ColorType::Rgba, &average(&picture, target)).ok().map(Bytes::from)
}

/// Encodes eight-bit samples as PNG.
fn encode(size: PictureSize, color: ColorType, samples: &[u8]) -> Result<Vec<u8>, EncodingError> {
    encode_with(size, samples, |encoder| encoder.set_color(color))
}

/// Encodes indices into a palette as PNG. The palette has three bytes an entry (red, green, blue); one entry
/// may be transparent.
pub(crate) fn encode_indexed(
    size: PictureSize,
    palette: &[u8],
    transparent: Option<usize>,
    indices: &[u8],
) -> Result<Vec<u8>, EncodingError> {
    encode_with(size, indices, |encoder| {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette.to_vec());
        if let Some(entry) = transparent {
            let mut opacity = vec![255; entry + 1];
            opacity[entry] = 0;
            encoder.set_trns(opacity);
        }
        // The usual filters predict smooth colours; indices are not smooth.
        encoder.set_filter(Filter::NoFilter);
    })
}

fn encode_with(
    size: PictureSize,
    samples: &[u8],
    configure: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>, EncodingError> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, size.width, size.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    configure(&mut encoder);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()?;
    Ok(out)
}

/// A decoded picture: rows of red, green, blue and alpha.
struct Pixels {
    size: PictureSize,
    rgba: Vec<[u8; 4]>,
}

fn decode(bytes: &[u8]) -> Option<Pixels> {
    let limits = Limits { bytes: 64 << 20 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let size = PictureSize { width: reader.info().width, height: reader.info().height };
    if u64::from(size.width) * u64::from(size.height) > MAX_PIXELS {
        return None;
    }
    let mut samples = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut samples).ok()?;
    let rgba = match reader.output_color_type().0 {
        ColorType::Grayscale => samples.iter().map(|&gray| [gray, gray, gray, 255]).collect(),
        ColorType::GrayscaleAlpha => {
            samples.as_chunks::<2>().0.iter().map(|&[gray, a]| [gray, gray, gray, a]).collect()
        }
        ColorType::Rgb => {
            samples.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
        }
        ColorType::Rgba => samples.as_chunks::<4>().0.to_vec(),
        // EXPAND has turned palettes into colours.
        ColorType::Indexed => return None,
    };
    Some(Pixels { size, rgba })
}

/// Box scaling: each pixel of the copy is the average of the pixels it covers, weighted by their
/// opacity so that transparent pixels do not tint the edges.
fn average(picture: &Pixels, target: PictureSize) -> Vec<u8> {
    let columns = spans(picture.size.width, target.width);
    let rows = spans(picture.size.height, target.height);
    let width = picture.size.width as usize;
    let mut out = Vec::with_capacity(columns.len() * rows.len() * 4);
    for &(top, bottom) in &rows {
        for &(left, right) in &columns {
            let mut sums = [0_u64; 3];
            let mut opacity = 0_u64;
            let mut count = 0_u64;
            for row in picture.rgba.chunks(width).take(bottom).skip(top) {
                for &[r, g, b, a] in row.iter().take(right).skip(left) {
                    let weight = u64::from(a);
                    for (sum, sample) in sums.iter_mut().zip([r, g, b]) {
                        *sum += u64::from(sample) * weight;
                    }
                    opacity += weight;
                    count += 1;
                }
            }
            let channel = |sum: u64| rounded(sum, opacity);
            out.extend(sums.map(channel));
            out.push(rounded(opacity, count));
        }
    }
    out
}

fn rounded(sum: u64, count: u64) -> u8 {
    u8::try_from((sum + count / 2).checked_div(count).unwrap_or(0)).unwrap_or(u8::MAX)
}

/// For each of `to` pixels of the copy, the range of the `from` original pixels that it covers, end
/// exclusive.
fn spans(from: u32, to: u32) -> Vec<(usize, usize)> {
    let (from, to) = (from as usize, to as usize);
    (0..to)
        .map(|step| (step * from / to, ((step + 1) * from / to).max(step * from / to + 1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(size: PictureSize, samples: &[u8]) -> Bytes {
        encode(size, ColorType::Grayscale, samples).unwrap().into()
    }

    #[test]
    fn proportions_stay_and_nothing_grows() {
        let wide = PictureSize { width: 1000, height: 400 };
        assert_eq!(wide.within(500), PictureSize { width: 500, height: 200 });
        assert_eq!(wide.within(2000), wide);
        let line = PictureSize { width: 10_000, height: 1 };
        assert_eq!(line.within(150), PictureSize { width: 150, height: 1 });
    }

    #[test]
    fn a_smaller_copy_averages_the_pixels_it_covers() {
        let size = PictureSize { width: 4, height: 2 };
        let picture = gray(size, &[0, 100, 10, 30, 100, 200, 30, 10]);
        let copy = decode(&scaled_down(&picture, 2).unwrap()).unwrap();
        assert_eq!(copy.size, PictureSize { width: 2, height: 1 });
        assert_eq!(copy.rgba, [[100, 100, 100, 255], [20, 20, 20, 255]]);
    }

    #[test]
    fn transparent_pixels_do_not_tint() {
        let size = PictureSize { width: 2, height: 1 };
        let samples = [200, 0, 0, 255, 0, 0, 200, 0];
        let picture = Bytes::from(encode(size, ColorType::Rgba, &samples).unwrap());
        let copy = decode(&scaled_down(&picture, 1).unwrap()).unwrap();
        assert_eq!(copy.rgba, [[200, 0, 0, 128]]);
    }

    #[test]
    fn palettes_become_colours() {
        let size = PictureSize { width: 2, height: 2 };
        let palette = [0, 0, 0, 10, 20, 30, 30, 40, 50];
        let bytes = encode_indexed(size, &palette, Some(0), &[1, 2, 2, 1]).unwrap().into();
        let copy = decode(&scaled_down(&bytes, 1).unwrap()).unwrap();
        assert_eq!(copy.rgba, [[20, 30, 40, 255]]);
        let clear = encode_indexed(size, &palette, Some(0), &[0, 0, 1, 1]).unwrap().into();
        let copy = decode(&scaled_down(&clear, 1).unwrap()).unwrap();
        assert_eq!(copy.rgba, [[10, 20, 30, 128]]);
    }

    #[test]
    fn a_file_that_is_not_a_picture_has_neither_size_nor_copy() {
        for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"] {
            assert_eq!(size(bytes), None);
            assert_eq!(scaled_down(&Bytes::copy_from_slice(bytes), 10), None);
        }
        let whole = gray(PictureSize { width: 64, height: 64 }, &[7; 64 * 64]);
        for end in 0..whole.len() {
            scaled_down(&whole.slice(..end), 10);
        }
    }

    #[test]
    fn a_picture_that_claims_too_many_pixels_is_not_decoded() {
        let mut huge = gray(PictureSize { width: 1, height: 1 }, &[0]).to_vec();
        huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(size(&huge), Some(PictureSize { width: 65_535, height: 65_535 }));
        assert_eq!(scaled_down(&Bytes::from(huge), 10), None);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        })
    }
}
