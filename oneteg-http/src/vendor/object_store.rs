//! Errors of object stores: an XML document with a code and a message, the same in Azure Blob Storage and S3.
//! Azure's responses without a body have the code in a header.
//!
//! They are not specific to a vendor: any server may redirect a download to its object store.

use http::HeaderMap;

use crate::{VendorFault, header_value};

/// The fault in an error response of an object store; `None` for any other response.
pub(super) fn fault(headers: &HeaderMap, body: &[u8]) -> Option<VendorFault> {
    let header = headers.get("x-ms-error-code").map(header_value::to_string);
    // Invalid UTF-8 in the message must not hide the code.
    let body = String::from_utf8_lossy(body);
    let body = body.trim_start();
    let document = match body.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => body,
    };
    // Only as the root element: an HTML page may contain an element of this name.
    let document = if document.starts_with("<Error>") { document } else { "" };
    let code = match header {
        Some(code) => code.into_owned(),
        None => element(document, "Code")?.to_owned(),
    };
    // Azure appends the request's id and the time, each on a line.
    let message = element(document, "Message").and_then(|message| message.lines().next());
    let message = message.map_or_else(
        || format!("the storage host refused the request: {code}"),
        |message| message.trim().to_owned(),
    );
    Some(VendorFault::new(Some(code), Some(message), None))
}

/// The content of the first element with a name. These documents have no attributes. Entities are not
/// decoded, since the content is only shown.
fn element<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    Some(content.trim()).filter(|content| !content.is_empty())
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
    fn reads_the_documents_of_object_stores() {
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
    fn ignores_everything_else() {
        for other in
            ["", "<html><Error><Code>1</Code></Error></html>", "<Error><Code></Code>", "no"]
        {
            assert_eq!(read(None, other), None, "{other}");
        }
    }
}
