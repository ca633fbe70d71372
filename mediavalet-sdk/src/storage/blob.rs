//! The part of Azure's Blob service that an upload through a signed link needs: `Put Blob`, `Put Block`,
//! `Put Block List` and `Get Block List`.

use bytes::Bytes;
use oneteg_http::{Error, Method, RawRequest, Runtime, UploadSource};

use super::{Link, checksum::BlockChecksum};
use crate::block_ids::{block_id, part_number};

/// The header with the protocol version. Versions before 2016 limit blocks to 4 MiB; without the header, the
/// version in the link applies.
const VERSION: (&str, &str) = ("x-ms-version", "2019-12-12");

/// The largest block list that is read, in bytes: a blob has at most 100,000 uncommitted blocks.
const MAX_LIST_SIZE: usize = 32 << 20;

fn request(link: &Link, runtime: &Runtime, method: Method) -> RawRequest {
    runtime.request_external(method, link.url.clone()).header(VERSION.0, VERSION.1)
}

/// The bytes of a blob or of a block, with their checksum.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a Bytes,
    pub(crate) algorithm: BlockChecksum,
    /// What [`BlockChecksum::of`] returned of the bytes.
    pub(crate) checksum: &'a str,
}

impl Content<'_> {
    async fn send(self, request: RawRequest) -> Result<(), Error> {
        let request = self.algorithm.add_to(request, self.checksum);
        let response = request.body(UploadSource::bytes(self.bytes.clone())).send_empty().await?;
        self.algorithm.confirm(&response, self.checksum)
    }
}

/// Writes the whole blob in one request (`Put Blob`).
pub(crate) async fn put_blob(
    runtime: &Runtime,
    link: &Link,
    content: Content<'_>,
) -> Result<(), Error> {
    let request = request(link, runtime, Method::PUT).header("x-ms-blob-type", "BlockBlob");
    content.send(request).await
}

/// Writes one block (`Put Block`). [`put_block_list`] makes it part of the blob.
pub(crate) async fn put_block(
    runtime: &Runtime,
    link: &Link,
    part: u64,
    content: Content<'_>,
) -> Result<(), Error> {
    let request = request(link, runtime, Method::PUT).query("comp", "block");
    content.send(request.query("blockid", &block_id(part))).await
}

/// Makes the blob from its blocks, `0..parts` (`Put Block List`).
pub(crate) async fn put_block_list(
    runtime: &Runtime,
    link: &Link,
    parts: u64,
) -> Result<(), Error> {
    let mut list = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    for part in 0..parts {
        list.push_str("<Latest>");
        list.push_str(&block_id(part));
        list.push_str("</Latest>");
    }
    list.push_str("</BlockList>");
    let list = Bytes::from(list);
    let algorithm = BlockChecksum::Md5;
    let checksum = algorithm.of(&list).await?;
    let request = request(link, runtime, Method::PUT).query("comp", "blocklist");
    let request = request.header("content-type", "application/xml");
    Content { bytes: &list, algorithm, checksum: &checksum }.send(request).await
}

/// Returns the blocks that the storage host has, with their lengths in bytes (`Get Block List`). Returns none if
/// the blob does not exist.
pub(crate) async fn list_blocks(runtime: &Runtime, link: &Link) -> Result<Vec<(u64, u64)>, Error> {
    let request = request(link, runtime, Method::GET).query("comp", "blocklist");
    let response = match request.query("blocklisttype", "all").send_stream().await {
        Ok(response) => response,
        Err(error) if error.status().is_some_and(|status| status == 404) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let list = response.into_inner().collect(MAX_LIST_SIZE).await?;
    Ok(parse_block_list(&String::from_utf8_lossy(&list)))
}

/// Reads a block list, without the blocks that this crate did not write.
fn parse_block_list(xml: &str) -> Vec<(u64, u64)> {
    let element = |block: &str, name: &str| {
        let (_, rest) = block.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.trim().to_owned())
    };
    let blocks = xml.split("<Block>").skip(1);
    blocks
        .filter_map(|block| {
            let part = part_number(&element(block, "Name")?)?;
            Some((part, element(block, "Size")?.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_lists_are_read() {
        let xml = format!(
            "\u{feff}<?xml version=\"1.0\"?><BlockList><CommittedBlocks><Block><Name>{}</Name>\
             <Size>8</Size></Block></CommittedBlocks><UncommittedBlocks><Block>\n<Name>{}</Name>\n\
             <Size>3</Size></Block><Block><Name>b3RoZXI=</Name><Size>1</Size></Block>\
             <Block><Name>{}</Name></Block></UncommittedBlocks></BlockList>",
            block_id(0),
            block_id(7),
            block_id(9)
        );
        assert_eq!(parse_block_list(&xml), [(0, 8), (7, 3)]);
        for nothing in ["", "<BlockList/>", "<Block><Name>", "<Block>"] {
            assert_eq!(parse_block_list(nothing), []);
        }
    }
}
