//! Azure's Blob protocol for writing, as far as a signed link to one blob goes.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use oneteg_http::{Error, ErrorKind, Method, RawRequest, Runtime, UploadSource};

use super::Link;

/// The version of the Blob protocol that is spoken. Versions before 2016 take blocks of 4 MiB only, and
/// without the header the link's own version would count.
const VERSION: (&str, &str) = ("x-ms-version", "2019-12-12");

/// The most bytes of a list of blocks that is read: a blob has at most 100,000 uncommitted ones.
const LONGEST_LIST: usize = 32 << 20;

fn request<'a>(link: &Link, runtime: &'a Runtime, method: Method) -> RawRequest<'a> {
    runtime.request_external(method, link.url.clone()).header(VERSION.0, VERSION.1)
}

/// The MD5 sum as storage hosts want it. On a thread of its own: it takes as long as sending does.
pub(crate) async fn md5(bytes: Bytes) -> Result<String, Error> {
    let sum = tokio::task::spawn_blocking(move || BASE64.encode(Md5::digest(&bytes))).await;
    sum.map_err(|_| Error::new(ErrorKind::Cancelled, "the program is shutting down"))
}

fn summed<'a>(request: RawRequest<'a>, md5: Option<&str>) -> RawRequest<'a> {
    match md5 {
        Some(md5) => request.header("content-md5", md5),
        None => request,
    }
}

/// The id of a block. All of a blob have the same length, as the protocol wants it.
pub(crate) fn block_id(part: u64) -> String {
    BASE64.encode(format!("part-{part:010}"))
}

fn part_of(block_id: &str) -> Option<u64> {
    let text = BASE64.decode(block_id).ok()?;
    let digits = std::str::from_utf8(&text).ok()?.strip_prefix("part-")?;
    digits.parse().ok().filter(|_| digits.len() == 10)
}

/// Puts the whole blob in one request.
pub(crate) async fn put_blob(
    runtime: &Runtime,
    link: &Link,
    bytes: Bytes,
    md5: Option<&str>,
) -> Result<(), Error> {
    let request = request(link, runtime, Method::PUT).header("x-ms-blob-type", "BlockBlob");
    summed(request, md5).body(UploadSource::bytes(bytes)).send_empty().await.map(drop)
}

/// Puts one block, which becomes part of the blob by [`put_block_list`].
pub(crate) async fn put_block(
    runtime: &Runtime,
    link: &Link,
    part: u64,
    bytes: Bytes,
    md5: Option<&str>,
) -> Result<(), Error> {
    let request = request(link, runtime, Method::PUT).query("comp", "block");
    let request = summed(request.query("blockid", &block_id(part)), md5);
    request.body(UploadSource::bytes(bytes)).send_empty().await.map(drop)
}

/// Makes the blob of its first blocks.
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
    let sum = md5(list.clone()).await?;
    let request = request(link, runtime, Method::PUT).query("comp", "blocklist");
    let request = request.header("content-type", "application/xml").header("content-md5", &sum);
    request.body(UploadSource::bytes(list)).send_empty().await.map(drop)
}

/// The parts that the storage host has, with their lengths in bytes; none, where there is no blob.
pub(crate) async fn blocks(runtime: &Runtime, link: &Link) -> Result<Vec<(u64, u64)>, Error> {
    let request = request(link, runtime, Method::GET).query("comp", "blocklist");
    let answer = match request.query("blocklisttype", "all").send_stream().await {
        Ok(answer) => answer,
        Err(error) if error.status().is_some_and(|status| status == 404) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let list = answer.into_inner().collect(LONGEST_LIST).await?;
    Ok(blocks_in(&String::from_utf8_lossy(&list)))
}

/// Reads a list of blocks. Blocks that are not ours are left out.
fn blocks_in(xml: &str) -> Vec<(u64, u64)> {
    let element = |block: &str, name: &str| {
        let (_, rest) = block.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.trim().to_owned())
    };
    let blocks = xml.split("<Block>").skip(1);
    blocks
        .filter_map(|block| {
            let part = part_of(&element(block, "Name")?)?;
            Some((part, element(block, "Size")?.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_ids_have_one_length_and_come_back() {
        for part in [0, 1, 49_999, 9_999_999_999] {
            let id = block_id(part);
            assert_eq!((id.len(), part_of(&id)), (20, Some(part)));
        }
        for other in ["", "AAAA", "cGFydC0x", "not base64!", "MDAwMDAx"] {
            assert_eq!(part_of(other), None, "{other}");
        }
    }

    #[test]
    fn reads_lists_of_blocks() {
        let xml = format!(
            "\u{feff}<?xml version=\"1.0\"?><BlockList><CommittedBlocks><Block><Name>{}</Name>\
             <Size>8</Size></Block></CommittedBlocks><UncommittedBlocks><Block>\n<Name>{}</Name>\n\
             <Size>3</Size></Block><Block><Name>b3RoZXI=</Name><Size>1</Size></Block>\
             <Block><Name>{}</Name></Block></UncommittedBlocks></BlockList>",
            block_id(0),
            block_id(7),
            block_id(9)
        );
        assert_eq!(blocks_in(&xml), [(0, 8), (7, 3)]);
        for nothing in ["", "<BlockList/>", "<Block><Name>", "<Block>"] {
            assert_eq!(blocks_in(nothing), []);
        }
    }
}
