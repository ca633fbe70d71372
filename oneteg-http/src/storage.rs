//! What storage hosts say when they refuse: an XML document with a code and a message, the same in
//! Azure's Blob service and in S3. Answers without a body have the code in a header, in Azure's case.

use http::HeaderMap;

use crate::{VendorFault, header_text};

/// The fault of an answer of a storage host; `None` for any other.
pub(crate) fn fault(headers: &HeaderMap, body: &[u8]) -> Option<VendorFault> {
    let header = headers.get("x-ms-error-code").map(header_text::text);
    // One broken character in a message must not lose the code.
    let body = String::from_utf8_lossy(body);
    let body = body.trim_start();
    // The error is the document itself: a page of HTML that has such an element somewhere is none.
    let document = match body.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => body,
    };
    let document = if document.starts_with("<Error>") { document } else { "" };
    let code = match header {
        Some(code) => code.into_owned(),
        None => element(document, "Code")?.to_owned(),
    };
    // Azure repeats the request's id and the time in lines of their own.
    let message = element(document, "Message").and_then(|words| words.lines().next());
    let message = message.map_or_else(
        || format!("the storage host refused the request: {code}"),
        |words| words.trim().to_owned(),
    );
    Some(VendorFault::new(Some(code), Some(message), None))
}

/// The text of the first element of a name. Enough for a machine's document without attributes; what
/// is escaped in it stays so, as it is for people to read.
fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: Option<&str>, body: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        if let Some(code) = header {
            headers.insert("x-ms-error-code", code.parse().unwrap());
        }
        let fault = fault(&headers, body.as_bytes())?;
        Some((fault.code.unwrap(), fault.message.unwrap()))
    }

    #[test]
    fn reads_the_documents_of_storage_hosts() {
        let azure = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error>\
                     <Code>Md5Mismatch</Code><Message>It did not match.\nRequestId:1\nTime:2</Message></Error>";
        let azure = azure.trim_start_matches('\u{feff}');
        let expected = Some(("Md5Mismatch".to_owned(), "It did not match.".to_owned()));
        assert_eq!(read(None, azure), expected);
        assert_eq!(read(Some("Md5Mismatch"), azure), expected);
        let broken = b"<Error><Code>ServerBusy</Code><Message>Occup\xe9</Message></Error>";
        let broken = fault(&HeaderMap::new(), broken).unwrap();
        assert_eq!(broken.code.as_deref(), Some("ServerBusy"));
        assert_eq!(broken.message.as_deref(), Some("Occup\u{fffd}"));
        let s3 = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
        let expected = Some(("AccessDenied".to_owned(), "Request has expired".to_owned()));
        assert_eq!(read(None, s3), expected);
        let (code, message) = read(Some("BlobNotFound"), "").unwrap();
        assert_eq!(code, "BlobNotFound");
        assert!(message.contains("BlobNotFound"));
    }

    #[test]
    fn takes_nothing_else_for_one() {
        for other in
            ["", "<html><Error><Code>1</Code></Error></html>", "<Error><Code></Code>", "no"]
        {
            assert_eq!(read(None, other), None, "{other}");
        }
    }
}
