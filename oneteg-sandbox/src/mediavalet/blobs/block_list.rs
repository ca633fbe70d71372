//! The XML of Put Block List and Get Block List.

use super::errors::BlobFailure;

/// Where a block is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Committed,
    Uncommitted,
    Latest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) source: Source,
    pub(super) id: String,
}

/// Reads `<BlockList>` with `<Committed>`, `<Uncommitted>` and `<Latest>`.
pub(super) fn parse(body: &[u8]) -> Result<Vec<Entry>, BlobFailure> {
    let text = std::str::from_utf8(body).map_err(|_| BlobFailure::xml())?;
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}'))
        .map_err(|_| BlobFailure::xml())?;
    let root = document.root_element();
    if !root.has_tag_name("BlockList") {
        return Err(BlobFailure::xml());
    }
    let entries = root.children().filter(roxmltree::Node::is_element).map(|entry| {
        let source = match entry.tag_name().name() {
            "Committed" => Source::Committed,
            "Uncommitted" => Source::Uncommitted,
            "Latest" => Source::Latest,
            _ => return Err(BlobFailure::xml()),
        };
        Ok(Entry { source, id: entry.text().unwrap_or_default().trim().to_owned() })
    });
    entries.collect()
}

/// Writes the answer of Get Block List. Ids are Base64, which needs no escaping in XML.
pub(super) fn write(
    committed: Option<&[(String, usize)]>,
    uncommitted: Option<&[(String, usize)]>,
) -> String {
    let section = |name: &str, blocks: Option<&[(String, usize)]>| {
        let Some(blocks) = blocks else { return String::new() };
        let blocks: String = blocks
            .iter()
            .map(|(id, size)| format!("<Block><Name>{id}</Name><Size>{size}</Size></Block>"))
            .collect();
        format!("<{name}>{blocks}</{name}>")
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{}{}</BlockList>",
        section("CommittedBlocks", committed),
        section("UncommittedBlocks", uncommitted)
    )
}

#[cfg(test)]
mod tests {
    use super::{Entry, Source, parse};

    #[test]
    fn a_list_is_read_and_anything_else_refused() {
        let list = "\u{feff}<?xml version=\"1.0\"?>\n<BlockList>\n <Latest>QQ==</Latest>\
                    <Committed>Qg==</Committed><Uncommitted>Qw==</Uncommitted></BlockList>";
        let entry = |source, id: &str| Entry { source, id: id.into() };
        let expected = vec![
            entry(Source::Latest, "QQ=="),
            entry(Source::Committed, "Qg=="),
            entry(Source::Uncommitted, "Qw=="),
        ];
        assert_eq!(parse(list.as_bytes()).unwrap(), expected);
        assert_eq!(parse(b"<BlockList/>").unwrap(), []);
        for bad in ["", "<BlockList>", "<List/>", "<BlockList><Other>QQ==</Other></BlockList>"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
