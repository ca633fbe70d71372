//! Links to give to others: for downloads, previews and uploads.

#[cfg(feature = "token")]
use oneteg_auth::Secret;
use oneteg_http::Error;
#[cfg(feature = "token")]
use oneteg_http::ErrorKind;

use crate::Client;
#[cfg(feature = "token")]
use crate::types::FileTokenType;
#[cfg(all(feature = "ulinks", feature = "ulinks_email"))]
use crate::types::{CreateUploadLinkEmailRequest, CreateUploadLinkRequest, UploadLink};

#[cfg(feature = "token")]
impl Client {
    /// Creates a URL that downloads a version of a file without any other credential. Its lifetime is not
    /// documented.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let link = client.download_link(99).await?;
    /// println!("{}", link.expose());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call.
    pub async fn download_link(&self, file_id: i64) -> Result<Secret, Error> {
        self.token_link(file_id, FileTokenType::Download, "/file/download").await
    }

    /// Creates a URL that shows the preview of a version of a file without any other credential. Its lifetime is
    /// not documented.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn preview_link(&self, file_id: i64) -> Result<Secret, Error> {
        self.token_link(file_id, FileTokenType::Preview, &format!("/preview/{file_id}")).await
    }

    async fn token_link(
        &self,
        file_id: i64,
        token_type: FileTokenType,
        path: &str,
    ) -> Result<Secret, Error> {
        let token = self.create_file_token(file_id, token_type).send().await?.into_inner().token;
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| {
            let message = "the platform created a token, but its response has no `token`";
            Error::new(ErrorKind::Decode, message)
        })?;
        let mut url = self.runtime().base_url().clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("token", &token);
        Ok(Secret::from(String::from(url)))
    }
}

#[cfg(all(feature = "ulinks", feature = "ulinks_email"))]
impl Client {
    /// Creates an upload link to a folder and sends it by e-mail. Returns the link and whether the e-mail was
    /// sent: a link whose e-mail failed still works.
    ///
    /// The members of the request bodies are assumed from those of the responses, since their documentation is
    /// not available. [`create_upload_link`](Client::create_upload_link) and
    /// [`create_upload_link_email`](Client::create_upload_link_email) accept any others.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let (link, sent) = client.request_files(42, ["a@example.com"]).await?;
    /// println!("{:?}", link.url);
    /// sent?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of creating the link.
    pub async fn request_files<R: Into<String>>(
        &self,
        folder_id: i64,
        recipients: impl IntoIterator<Item = R>,
    ) -> Result<(UploadLink, Result<(), Error>), Error> {
        let body = CreateUploadLinkRequest { folder_id: Some(folder_id), ..Default::default() };
        let link = self.create_upload_link(body).send().await?.into_inner();
        let email = CreateUploadLinkEmailRequest {
            folder_id: Some(folder_id),
            ulink_id: Some(link.id),
            recipients: Some(recipients.into_iter().map(Into::into).collect()),
            ..Default::default()
        };
        let sent = self.create_upload_link_email(email).send().await.map(drop);
        Ok((link, sent))
    }
}
