//! Links that carry their own token, to hand to a browser.

use oneteg_auth::Secret;
use oneteg_http::{Error, ErrorKind};

use crate::{Client, types::FileTokenType};

impl Client {
    /// A URL that downloads a version of a file without any other credential. How long it lives is not
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
    /// As every call.
    pub async fn download_link(&self, file_id: i64) -> Result<Secret, Error> {
        self.link(file_id, FileTokenType::Download, "/file/download").await
    }

    /// A URL that shows the preview of a version of a file without any other credential. How long it lives
    /// is not documented.
    ///
    /// # Errors
    /// As every call.
    pub async fn preview_link(&self, file_id: i64) -> Result<Secret, Error> {
        self.link(file_id, FileTokenType::Preview, &format!("/preview/{file_id}")).await
    }

    async fn link(&self, file_id: i64, what: FileTokenType, path: &str) -> Result<Secret, Error> {
        let token = self.create_file_token(file_id, what).send().await?.into_inner().token;
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                "the platform made a token, but its answer has no `token`",
            )
        })?;
        let mut url = self.runtime().base_url().clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("token", &token);
        Ok(Secret::from(String::from(url)))
    }
}
