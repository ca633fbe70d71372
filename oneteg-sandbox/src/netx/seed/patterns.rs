//! The pictures of the seed, drawn by rule.

use png::{ColorType, EncodingError};

use crate::netx::pictures::{PictureSize, encode};

/// A rule that gives each pixel its colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pattern {
    Horizontal,
    Vertical,
    Diagonal,
    Checks,
    Rings,
    /// On a transparent ground.
    Disc,
}

impl Pattern {
    /// The picture as PNG.
    pub(super) fn png(self, size: PictureSize) -> Result<Vec<u8>, EncodingError> {
        let mut samples = Vec::with_capacity(size.width as usize * size.height as usize * 4);
        for y in 0..size.height {
            for x in 0..size.width {
                samples.extend(self.color(x, y, size));
            }
        }
        encode(size, ColorType::Rgba, &samples)
    }

    fn color(self, x: u32, y: u32, PictureSize { width, height }: PictureSize) -> [u8; 4] {
        match self {
            Self::Horizontal => [shade(x, width), 96, 255 - shade(x, width), 255],
            Self::Vertical => [240, shade(y, height), 64, 255],
            Self::Diagonal => {
                [shade(x, width), shade(y, height), shade(x + y, width + height), 255]
            }
            Self::Checks if (x / 16 + y / 16).is_multiple_of(2) => [32, 64, shade(x, width), 255],
            Self::Checks => [224, 224, shade(y, height), 255],
            Self::Rings if ring(x, y, width, height).is_multiple_of(2) => [200, 40, 90, 255],
            Self::Rings => [250, shade(y, height), 210, 255],
            Self::Disc => {
                let edge = width.min(height) / 2;
                let inside = from_center(x, y, width, height) < edge * edge;
                if inside { [20, 110, shade(y, height), 255] } else { [0; 4] }
            }
        }
    }
}

/// Where `at` lies on the way to `end`, from 0 to 255.
fn shade(at: u32, end: u32) -> u8 {
    u8::try_from(at * 255 / end.max(1)).unwrap_or(u8::MAX)
}

/// How many rings lie between the middle and here.
fn ring(x: u32, y: u32, width: u32, height: u32) -> u32 {
    from_center(x, y, width, height) / 900
}

/// The square of the distance from the middle.
fn from_center(x: u32, y: u32, width: u32, height: u32) -> u32 {
    x.abs_diff(width / 2).pow(2) + y.abs_diff(height / 2).pow(2)
}
