//! The patterns that the seed's pictures are drawn with.

use png::EncodingError;

use crate::common::pictures::{PictureSize, encode_indexed};

/// A rule for the colour of each pixel. Colours are indices into a palette of 256, which is a quarter of the
/// bytes of true colour, so that a sandbox starts fast even in a debug build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    Horizontal,
    Vertical,
    Diagonal,
    Checks,
    Rings,
    /// On a transparent background.
    Disc,
}

impl Pattern {
    /// The picture as PNG.
    pub(super) fn png(self, size: PictureSize) -> Result<Vec<u8>, EncodingError> {
        let PictureSize { width, height } = size;
        let mut indices = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            indices.extend((0..width).map(|x| self.index(x, y, size)));
        }
        let transparent = matches!(self, Self::Disc).then_some(0);
        encode_indexed(size, &self.palette(), transparent, &indices)
    }

    fn index(self, x: u32, y: u32, PictureSize { width, height }: PictureSize) -> u8 {
        match self {
            Self::Horizontal => progress(x, width),
            Self::Vertical => progress(y, height),
            Self::Diagonal => progress(x + y, width + height),
            Self::Checks => u8::from((x / 16 + y / 16).is_multiple_of(2)) * 200,
            Self::Rings => progress(distance_squared(x, y, width, height) % 900, 900),
            Self::Disc => {
                let edge = width.min(height) / 2;
                let inside = distance_squared(x, y, width, height) < edge * edge;
                if inside { progress(y, height).max(1) } else { 0 }
            }
        }
    }

    /// A gradient from one colour to another.
    fn palette(self) -> Vec<u8> {
        let (from, to): ([u8; 3], [u8; 3]) = match self {
            Self::Horizontal => ([20, 96, 230], [250, 96, 30]),
            Self::Vertical => ([240, 20, 64], [240, 240, 64]),
            Self::Diagonal => ([10, 120, 90], [240, 250, 180]),
            Self::Checks => ([32, 48, 96], [230, 230, 240]),
            Self::Rings => ([200, 40, 90], [250, 210, 220]),
            Self::Disc => ([20, 110, 40], [20, 110, 250]),
        };
        let mix = |step: u32, a: u8, b: u8| {
            let mixed = (u32::from(a) * (255 - step) + u32::from(b) * step) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let entries =
            (0..=255).flat_map(|step| from.into_iter().zip(to).map(move |(a, b)| mix(step, a, b)));
        entries.collect()
    }
}

/// The position of `at` between 0 and `end`, scaled to 0 to 255.
fn progress(at: u32, end: u32) -> u8 {
    u8::try_from(at * 255 / end.max(1)).unwrap_or(u8::MAX)
}

/// The square of the distance from the centre.
fn distance_squared(x: u32, y: u32, width: u32, height: u32) -> u32 {
    x.abs_diff(width / 2).pow(2) + y.abs_diff(height / 2).pow(2)
}
