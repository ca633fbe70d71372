//! How an upload begins: MediaValet makes an entry for it and gives a link for the bytes.

use oneteg_http::{Error, ErrorKind};

use super::{
    done,
    state::{Details, Kind, SavedLink, Session},
};
use crate::{Client, storage::Link, types::AssetCreateRequest};

pub(super) async fn begin(client: &Client, kind: Kind, details: Details) -> Result<Session, Error> {
    if details.file_name.trim().is_empty() {
        let message = "the upload has no file name; give one with `FilePart::new`";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    let (id, link, upload_filename) = match &kind {
        Kind::New => {
            if details.categories.is_empty() {
                let message = "an upload needs a category at least; call `category`";
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            let request = AssetCreateRequest {
                filename: Some(details.file_name.clone()),
                ..AssetCreateRequest::default()
            };
            let made = client.create_upload(request).send().await?.into_inner();
            (made.id, made.upload_url, made.upload_file_name)
        }
        Kind::Version { asset_id } => {
            done(client.check_out_asset(asset_id, vec![details.comment.clone()]).send().await)?;
            let name = details.file_name.clone();
            done(client.validate_asset_check_in(asset_id, name).send().await)?;
            let entry = client.start_asset_check_in(asset_id).send().await?.into_inner();
            (Some(asset_id.clone()), entry.upload_url, entry.upload_file_name)
        }
    };
    let (Some(id), Some(link)) = (id, link) else {
        let message = "MediaValet answered the beginning of an upload without id or link";
        return Err(Error::new(ErrorKind::Decode, message));
    };
    let link = SavedLink::new(&Link::parse(&link, client.runtime())?);
    Ok(Session {
        id,
        kind,
        upload_filename,
        link,
        single: false,
        modified: None,
        source_name: None,
        target: None,
        details,
    })
}
