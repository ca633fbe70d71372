//! Reads multipart forms (RFC 7578), as the client writes them.

/// A part: its name, its file name, its media type and its content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawPart<'a> {
    pub(super) name: String,
    pub(super) file: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) content: &'a [u8],
}

/// The parts of a form. `None` if it is not one with this boundary, such as the beginning of one.
pub(super) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<RawPart<'a>>> {
    let delimiter = format!("--{boundary}");
    let mut rest = body.strip_prefix(delimiter.as_bytes())?;
    let inner = format!("\r\n{delimiter}");
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, inner.as_bytes())?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + inner.len()..];
    }
}

/// The boundary in a media type.
pub(super) fn boundary(media_type: &str) -> Option<&str> {
    let (kind, parameters) = media_type.split_once(';')?;
    kind.trim().eq_ignore_ascii_case("multipart/form-data").then_some(())?;
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then_some(value)
    })?;
    Some(boundary.trim_matches('"'))
}

fn part(part: &[u8]) -> Option<RawPart<'_>> {
    let end = find(part, b"\r\n\r\n")?;
    let headers = std::str::from_utf8(&part[..end]).ok()?;
    let header = |wanted: &str| {
        headers.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    Some(RawPart {
        name: parameter(disposition, "name")?,
        file: parameter(disposition, "filename"),
        media_type: header("content-type").map(str::to_owned),
        content: &part[end + 4..],
    })
}

/// A quoted parameter. Within quotes, clients percent-encode `"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let start = format!("; {name}=\"");
    let (_, value) = header.split_once(&start)?;
    let (value, _) = value.split_once('"')?;
    Some(value.to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_and_parts_of_forms_are_not() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: \
            form-data; name=\"f\"; filename=\"b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\xff\r\n--\r\n--x--\r\n";
        let found = parts(body, "x").unwrap();
        let plain = RawPart { name: "a".into(), file: None, media_type: None, content: b"1" };
        let file = RawPart {
            name: "f".into(),
            file: Some("b.jpg".into()),
            media_type: Some("image/jpeg".into()),
            content: b"\xff\r\n--",
        };
        assert_eq!(found, [plain, file]);
        for end in 0..body.len() - 4 {
            assert_eq!(parts(&body[..end], "x"), None, "{end}");
        }
        assert_eq!(parts(b"--x--", "x"), Some(Vec::new()));
        assert_eq!(boundary("multipart/form-data; boundary=\"x\""), Some("x"));
        assert_eq!(boundary("multipart/form-data; charset=y; boundary=x"), Some("x"));
        assert_eq!(boundary("application/json; boundary=x"), None);
    }
}
