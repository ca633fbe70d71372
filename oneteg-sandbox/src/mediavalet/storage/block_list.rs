//! The XML of Put Block List and Get Block List.

use super::errors::StorageError;
use crate::mediavalet::state::{BlockReference, BlockSource};

/// Parses the body of Put Block List: `<BlockList>` with `<Committed>`, `<Uncommitted>` and `<Latest>`.
pub(super) fn parse(body: &[u8]) -> Result<Vec<BlockReference>, StorageError> {
    let xml = std::str::from_utf8(body).map_err(|_| StorageError::invalid_xml())?;
    let document = roxmltree::Document::parse(xml.trim_start_matches('\u{feff}'))
        .map_err(|_| StorageError::invalid_xml())?;
    let root = document.root_element();
    if !root.has_tag_name("BlockList") {
        return Err(StorageError::invalid_xml());
    }
    let entries = root.children().filter(roxmltree::Node::is_element).map(|entry| {
        let source = match entry.tag_name().name() {
            "Committed" => BlockSource::Committed,
            "Uncommitted" => BlockSource::Uncommitted,
            "Latest" => BlockSource::Latest,
            _ => return Err(StorageError::invalid_xml()),
        };
        Ok(BlockReference { source, id: entry.text().unwrap_or_default().trim().to_owned() })
    });
    entries.collect()
}

/// Renders the response of Get Block List. Ids are Base64, which XML need not escape.
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
    use super::{BlockReference, BlockSource, parse};

    #[test]
    fn a_list_is_parsed_and_anything_else_refused() {
        let list = "\u{feff}<?xml version=\"1.0\"?>\n<BlockList>\n <Latest>QQ==</Latest>\
                    <Committed>Qg==</Committed><Uncommitted>Qw==</Uncommitted></BlockList>";
        let entry = |source, id: &str| BlockReference { source, id: id.into() };
        let expected = vec![
            entry(BlockSource::Latest, "QQ=="),
            entry(BlockSource::Committed, "Qg=="),
            entry(BlockSource::Uncommitted, "Qw=="),
        ];
        assert_eq!(parse(list.as_bytes()).unwrap(), expected);
        assert_eq!(parse(b"<BlockList/>").unwrap(), []);
        for bad in ["", "<BlockList>", "<List/>", "<BlockList><Other>QQ==</Other></BlockList>"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
