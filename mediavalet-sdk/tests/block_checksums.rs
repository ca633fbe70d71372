//! The checksums of blocks: which headers are sent, what becomes of a damaged block, and hosts that do not know the
//! CRC-64.
#![allow(clippy::unwrap_used, clippy::panic)]

mod doubles;

use std::sync::{Arc, atomic::Ordering::SeqCst};

use doubles::{
    api::{Api, Storage},
    azurite::Azurite,
    blob::BlobHost,
    client, content,
};
use futures_util::stream;
use mediavalet_sdk::{
    ErrorKind, FilePart, StorageError, UploadSource, upload::BlockChecksum, upload::UploadRequest,
};

async fn doubles() -> (Arc<Api>, Arc<BlobHost>) {
    let host = BlobHost::start().await;
    (Api::start(Storage::Memory(Arc::clone(&host))).await, host)
}

/// An upload of unknown length, which is sent in blocks of at least 4 MB.
fn in_blocks(api: &Api, bytes: &[u8]) -> UploadRequest {
    let pieces: Vec<_> = bytes.chunks(70_001).map(|piece| Ok(piece.to_vec().into())).collect();
    let file = FilePart::new("clip.mov", UploadSource::stream(stream::iter(pieces), None));
    client(&api.url).upload(file).category("c").block_size(5 << 20)
}

fn in_one(api: &Api, bytes: &[u8]) -> UploadRequest {
    client(&api.url).upload(FilePart::new("clip.mov", bytes.to_vec())).category("c")
}

#[tokio::test]
async fn blocks_are_verified_with_the_chosen_checksum_and_damaged_ones_are_sent_again() {
    for checksum in [BlockChecksum::Md5, BlockChecksum::Crc64] {
        let (api, host) = doubles().await;
        let bytes = content(11_000_000);
        host.damage.store(2, SeqCst);
        let sent = in_blocks(&api, &bytes).checksums(checksum).send().await.unwrap();
        assert!(host.bytes(&api.item(&sent.id).blob).unwrap() == bytes, "{checksum:?}");
        assert_eq!(host.puts("block"), 3 + 2, "{checksum:?}");
        for bytes in [&bytes[..70_000], &[]] {
            let sent = in_one(&api, bytes).checksums(checksum).send().await.unwrap();
            assert!(host.bytes(&api.item(&sent.id).blob).unwrap() == bytes, "{checksum:?}");
        }
        // Damaged again and again.
        host.damage.store(u32::MAX, SeqCst);
        let refused = in_blocks(&api, &bytes).checksums(checksum).send().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Integrity);
        assert_eq!(StorageError::of(&refused), Some(StorageError::Damaged));
    }
}

#[tokio::test]
async fn a_host_that_ignores_the_crc64_fails_the_upload() {
    let (api, host) = doubles().await;
    host.ignores_crc64.store(true, SeqCst);
    let bytes = content(250_000);
    for upload in [in_blocks(&api, &bytes), in_one(&api, &bytes), in_one(&api, &[])] {
        let refused = upload.checksums(BlockChecksum::Crc64).send().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Integrity, "{refused}");
        assert!(refused.message().contains("did not confirm the CRC-64"), "{refused}");
    }
    in_blocks(&api, &bytes).send().await.unwrap();
}

#[tokio::test]
async fn azurite_refuses_the_crc64_and_accepts_md5() {
    let Some(azurite) = Azurite::start().await else { return };
    let api = Api::start(Storage::Azurite(azurite, None)).await;
    let bytes = content(250_000);
    let refused = in_blocks(&api, &bytes).checksums(BlockChecksum::Crc64).send().await;
    let refused = refused.unwrap_err();
    assert!(refused.message().contains("x-ms-content-crc64"), "{refused}");
    in_blocks(&api, &bytes).send().await.unwrap();
}
