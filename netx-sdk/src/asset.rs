//! What programs ask of an asset's file: its name and its checksum.

use oneteg_http::Checksum;

use crate::types::{Asset, AssetFile};

impl Asset {
    /// The name of the original file, whichever part it comes with; otherwise the name of the asset. It is not
    /// safe to use as a path; the `path` of a [walk](crate::Client::walk) is.
    pub fn local_name(&self) -> Option<&str> {
        let in_file = || self.file.as_ref()?.name.as_deref();
        self.file_name.as_deref().or_else(in_file).or(self.name.as_deref())
    }

    /// The MD5 checksum of the original file; see [`AssetFile::md5`]. Needs the part `asset.file`.
    pub fn md5(&self) -> Option<Checksum> {
        self.file.as_ref()?.md5()
    }
}

impl AssetFile {
    /// The checksum, if it has the form of an MD5 checksum: 32 hexadecimal digits. That NetX computes checksums
    /// with MD5 is known from one published program.
    pub fn md5(&self) -> Option<Checksum> {
        let checksum = self.checksum.as_deref()?.trim();
        let is_md5 = checksum.len() == 32 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_md5.then(|| Checksum::md5(checksum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_hexadecimal_digits_are_an_md5_checksum() {
        let md5 = |checksum: &str| {
            let checksum = Some(checksum.to_owned());
            AssetFile { checksum, ..AssetFile::default() }.md5()
        };
        let digits = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(md5(digits), Some(Checksum::md5(digits)));
        for other in ["", "d41d8cd98f00b204e9800998ecf8427", "1B2M2Y8AsgTpgAmY7PhCfg==", "-1"] {
            assert_eq!(md5(other), None, "{other}");
        }
        assert_eq!(Asset::default().md5(), None);
    }

    #[test]
    fn the_file_name_comes_before_the_name() {
        let name = |value: &str| Some(value.to_owned());
        let mut asset = Asset { name: name("Harbour"), ..Asset::default() };
        assert_eq!(asset.local_name(), Some("Harbour"));
        asset.file = Some(AssetFile { name: name("b.jpg"), ..AssetFile::default() });
        assert_eq!(asset.local_name(), Some("b.jpg"));
        asset.file_name = name("a.jpg");
        assert_eq!(asset.local_name(), Some("a.jpg"));
    }
}
