//! Checksums of blocks, which the storage host verifies.
//!
//! | Checksum | Request | If it differs | If it matches |
//! |---|---|---|---|
//! | MD5 | `Content-MD5` | `Md5Mismatch`, the block is sent again | the block is stored |
//! | CRC-64 | `x-ms-content-crc64` | `Crc64Mismatch`, the block is sent again | the response has the host's checksum, compared once more |
//!
//! Both are in Microsoft's reference of `Put Blob` and `Put Block`; a request has one of them. The polynomial and the
//! byte order of the CRC-64, which the reference omits, are those of Microsoft's client libraries.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use oneteg_http::{Error, ErrorKind, RawRequest, ResponseValue};

/// The header of the CRC-64, in requests and responses.
#[cfg(feature = "crc64")]
const CRC64: &str = "x-ms-content-crc64";

/// The checksum that is sent with each block of an upload, so that the storage host verifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BlockChecksum {
    /// No checksum. TLS detects bytes that change on the network.
    None,
    /// MD5: 16 ms of processor time for 8 MiB. Every storage host of MediaValet verifies it.
    #[default]
    Md5,
    /// The CRC-64 of Azure Storage, at a small part of the cost of MD5: as reliable against damage, not against
    /// manipulation. The upload fails with [`ErrorKind::Integrity`] if the storage host does not confirm it, as
    /// some emulators of Azure do not. Needs the feature `crc64`.
    #[cfg(feature = "crc64")]
    Crc64,
}

impl From<bool> for BlockChecksum {
    /// The default, or none.
    fn from(yes: bool) -> Self {
        if yes { Self::default() } else { Self::None }
    }
}

impl BlockChecksum {
    /// Computes the checksum, in Base64; empty for none.
    pub(crate) async fn of(self, bytes: &Bytes) -> Result<String, Error> {
        match self {
            Self::None => Ok(String::new()),
            Self::Md5 => {
                // On a blocking thread: it takes about as long as sending.
                let bytes = bytes.clone();
                let md5 = tokio::task::spawn_blocking(move || Md5::digest(&bytes)).await;
                let md5 = md5.map_err(|_| {
                    Error::new(ErrorKind::Cancelled, "the program is shutting down")
                })?;
                Ok(BASE64.encode(md5))
            }
            #[cfg(feature = "crc64")]
            Self::Crc64 => Ok(BASE64.encode(crc64(bytes).await.to_le_bytes())),
        }
    }

    /// Adds the header for a checksum that [`of`](Self::of) returned.
    pub(crate) fn add_to(self, request: RawRequest, checksum: &str) -> RawRequest {
        match self {
            Self::None => request,
            Self::Md5 => request.header("content-md5", checksum),
            #[cfg(feature = "crc64")]
            Self::Crc64 => request.header(CRC64, checksum),
        }
    }

    /// Checks that the storage host has verified the checksum. A host that does not know the header of the CRC-64
    /// may ignore it.
    pub(crate) fn confirm(self, response: &ResponseValue<()>, checksum: &str) -> Result<(), Error> {
        #[cfg(feature = "crc64")]
        if self == Self::Crc64 {
            let confirmed = response.headers().get(CRC64).map(|value| value.as_bytes());
            return if confirmed == Some(checksum.as_bytes()) {
                Ok(())
            } else {
                let message = "the storage host did not confirm the CRC-64 of a block; upload with MD5 checksums";
                Err(Error::new(ErrorKind::Integrity, message))
            };
        }
        // Unused without the feature: a host that does not know `Content-MD5` is not one of Azure.
        let _ = (response, checksum);
        Ok(())
    }
}

/// CRC-64/NVME, which Azure Storage uses. A step takes less time than a change to another thread would.
#[cfg(feature = "crc64")]
async fn crc64(bytes: &[u8]) -> u64 {
    const STEP: usize = 1 << 20;
    let mut digest = crc64fast_nvme::Digest::new();
    for step in bytes.chunks(STEP) {
        digest.write(step);
        tokio::task::yield_now().await;
    }
    digest.sum64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checksums_are_those_of_their_definitions() {
        let of = async |checksum: BlockChecksum, bytes: &'static [u8]| {
            checksum.of(&Bytes::from_static(bytes)).await.unwrap()
        };
        // RFC 1321, appendix A.5.
        assert_eq!(of(BlockChecksum::Md5, b"abc").await, "kAFQmDzST7DWlj99KOF/cg==");
        assert_eq!(of(BlockChecksum::None, b"abc").await, "");
        // The check value of CRC-64/NVME, ae8b14860a799888, from its lowest byte.
        #[cfg(feature = "crc64")]
        assert_eq!(of(BlockChecksum::Crc64, b"123456789").await, "iJh5CoYUi64=");
    }

    #[cfg(feature = "crc64")]
    #[tokio::test]
    async fn a_crc64_is_that_of_a_bitwise_computation() {
        let bitwise = |bytes: &[u8]| {
            let step =
                |crc: u64| if crc & 1 == 1 { crc >> 1 ^ 0x9a6c_9329_ac4b_c9b5 } else { crc >> 1 };
            !bytes
                .iter()
                .fold(!0, |crc, byte| (0..8).fold(crc ^ u64::from(*byte), |crc, _| step(crc)))
        };
        let bytes: Vec<u8> =
            (0..(2_u32 << 20) + 1).map(|at| (at.wrapping_mul(at) >> 3) as u8).collect();
        for length in [0, 1, 7, 8, 127, 128, 129, 1_000, 10_000, bytes.len()] {
            assert_eq!(crc64(&bytes[..length]).await, bitwise(&bytes[..length]), "{length}");
        }
    }
}
