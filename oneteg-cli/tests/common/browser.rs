//! A browser that follows redirects over plain HTTP.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use url::Url;

/// Opens a URL, follows redirects, and returns the last URL with the page.
pub fn open(url: &str) -> (Url, String) {
    let mut url: Url = url.parse().unwrap();
    for _ in 0..5 {
        let (location, page) = get(&url);
        match location {
            Some(location) => url = url.join(&location).unwrap(),
            None => return (url, page),
        }
    }
    panic!("too many redirects");
}

/// Requests a URL once, and returns the target of a redirect or the page.
pub fn get(url: &Url) -> (Option<String>, String) {
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(address).unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    write!(stream, "GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    let mut location = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("location") => {
                location = Some(value.to_owned());
            }
            _ if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut page = String::new();
    reader.read_to_string(&mut page).unwrap();
    (location, page)
}

/// The first URL in a string that begins with a prefix.
pub fn url_in(text: &str, prefix: &str) -> Option<String> {
    let start = text.find(prefix)?;
    Some(text[start..].split_whitespace().next()?.to_owned())
}
