//! Azure's Blob protocol, as far as a signed link to one blob goes.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use md5::{Digest as _, Md5};
use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, Method, RangeRequest, RawRequest, ResponseValue,
    Runtime, UploadSource, reqwest::Url,
};

use crate::error::LINK_EXPIRED;

/// The version of the Blob protocol that is spoken. Versions before 2016 take blocks of 4 MiB only, and
/// without the header the link's own version would count.
const VERSION: (&str, &str) = ("x-ms-version", "2019-12-12");

/// The most bytes of a list of blocks that is read: a blob has at most 100,000 uncommitted ones.
const LONGEST_LIST: usize = 32 << 20;

/// A signed link to a blob. Whoever has it needs nothing else, so it is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link {
    url: Url,
    ends: Option<DateTime<Utc>>,
}

impl Link {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let url: Url = text.trim().parse().map_err(|_| {
            Error::new(ErrorKind::Decode, "MediaValet gave a link to storage that is no URL")
        })?;
        let ends = url.query_pairs().find(|(name, _)| name == "se");
        let ends = ends.and_then(|(_, text)| moment(&text));
        Ok(Self { url, ends })
    }

    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ends.is_some_and(|ends| ends <= Utc::now())
    }

    /// Whether it is another link to the same blob.
    pub(crate) fn renews(&self, other: &Self) -> bool {
        let place = |link: &Self| {
            (link.url.host_str().map(str::to_owned), link.url.port(), link.url.path().to_owned())
        };
        self.url != other.url && place(self) == place(other) && !self.has_ended()
    }

    fn request<'a>(&self, runtime: &'a Runtime, method: Method) -> RawRequest<'a> {
        runtime.request_elsewhere(method, self.url.clone()).header(VERSION.0, VERSION.1)
    }

    /// The refusal of this link, said as what it is: storage hosts report an expired link in several ways.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let says_so = error.message().contains("not valid in the specified time frame")
            || error.message().contains("expired");
        if !is_refusal(&error) || !(self.has_ended() || says_so) {
            return error;
        }
        let message =
            "the signed link has ended and there is no newer one; begin the transfer anew";
        error.told_as(ErrorKind::Authentication, LINK_EXPIRED, message)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Link").field("host", &host).field("ends", &self.ends).finish()
    }
}

/// Whether another link to the same blob might be taken: the right ones were there, or may have been.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(401 | 403))
        && error.code() != Some("AuthorizationPermissionMismatch")
}

/// A time as signed links write it: with seconds, without, or a day alone.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let of = |format| NaiveDateTime::parse_from_str(text, format).ok();
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| of("%Y-%m-%dT%H:%MZ").map(|time| time.and_utc()))
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        })
}

/// The MD5 sum as storage hosts want it. On a thread of its own: it takes as long as sending does.
pub(crate) async fn md5(bytes: Bytes) -> Result<String, Error> {
    let sum = tokio::task::spawn_blocking(move || BASE64.encode(Md5::digest(&bytes))).await;
    sum.map_err(|_| Error::new(ErrorKind::Cancelled, "the program is shutting down"))
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
    md5: &str,
) -> Result<(), Error> {
    let request = link.request(runtime, Method::PUT).header("x-ms-blob-type", "BlockBlob");
    let request = request.header("content-md5", md5).body(UploadSource::bytes(bytes));
    request.send_empty().await.map(drop)
}

/// Puts one block, which becomes part of the blob by [`put_block_list`].
pub(crate) async fn put_block(
    runtime: &Runtime,
    link: &Link,
    part: u64,
    bytes: Bytes,
    md5: &str,
) -> Result<(), Error> {
    let request = link.request(runtime, Method::PUT).query("comp", "block");
    let request = request.query("blockid", &block_id(part)).header("content-md5", md5);
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
    let request = link.request(runtime, Method::PUT).query("comp", "blocklist");
    let request = request.header("content-type", "application/xml").header("content-md5", &sum);
    request.body(UploadSource::bytes(list)).send_empty().await.map(drop)
}

/// The parts that the storage host has, with their lengths in bytes; none, where there is no blob.
pub(crate) async fn blocks(runtime: &Runtime, link: &Link) -> Result<Vec<(u64, u64)>, Error> {
    let request = link.request(runtime, Method::GET).query("comp", "blocklist");
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

/// Reads a blob, or a range of it.
pub(crate) async fn get(
    runtime: &Runtime,
    link: &Link,
    range: RangeRequest,
) -> Result<ResponseValue<ByteStream>, Error> {
    // A content network in front of storage is as likely, so nothing of Azure's protocol is sent.
    let request = runtime.request_elsewhere(Method::GET, link.url.clone());
    request.options(CallOptions::new().range(range)).send_stream().await
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

    #[test]
    fn a_link_knows_its_end_and_shows_no_signature() {
        let link = |end: &str| Link::parse(&format!("https://h/c/b?se={end}&sig=canary")).unwrap();
        for ended in ["2020-01-02T03:04:05Z", "2020-01-02T03:04Z", "2020-01-02"] {
            assert!(link(ended).has_ended(), "{ended}");
        }
        for open in ["2999-01-02T03%3A04%3A05Z", "", "nonsense"] {
            assert!(!link(open).has_ended(), "{open}");
        }
        assert!(!format!("{:?}", link("2999-01-01")).contains("canary"));
        let newer = Link::parse("https://h/c/b?se=2999-01-01&sig=other").unwrap();
        assert!(newer.renews(&link("2020-01-01")));
        assert!(!newer.renews(&newer));
        assert!(!Link::parse("https://h/c/other?sig=x").unwrap().renews(&link("2020-01-01")));
        assert!(!format!("{:?}", Link::parse("no url: canary")).contains("canary"));
    }
}
