//! Share links: a URL for files, with a password, an expiry and a limit of downloads.
//!
//! | Step | Request | Next |
//! |---|---|---|
//! | check the settings | none | refused, or created |
//! | create | `POST /sharelink` | the platform's response has the password and the expiry, or one is missing |
//! | one is missing | `DELETE /sharelink/{id}` | failed: the link would be open to anyone, or for ever |

use std::{future::IntoFuture, ops::Deref};

use chrono::{DateTime, SecondsFormat, Utc};
use oneteg_auth::{BoxFuture, Secret};
use oneteg_http::{Error, ErrorKind, Method};
use serde_json::{Map, Value, json};

use crate::{Client, operations, types::ShareLink};

/// Builder for a share link. It sends nothing until [`send`](Self::send).
///
/// The members of the request body are assumed from those of the response, and the password's from the operation
/// that checks one, since their documentation is not available. The link is therefore compared with what was
/// requested. [`Client::create_share_link`] accepts any other members.
#[derive(Debug, Clone)]
#[must_use = "the request sends nothing until `send`"]
pub struct ShareRequest {
    client: Client,
    files: Vec<i64>,
    password: Option<Secret>,
    expires: Option<DateTime<Utc>>,
    settings: Map<String, Value>,
}

/// A link that was created. Dereferences to [`ShareLink`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SharedFiles {
    /// The link as the platform reports it.
    pub link: ShareLink,
    /// The URL to give to others: the one that the platform reports, or else the address from which the API
    /// downloads the content of a link by its key. It is a secret like a password.
    ///
    /// The platform's own page for a link has an address that is not documented.
    pub url: Secret,
}

impl Client {
    /// Shares versions of files with anyone who has the URL. Returns a builder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use std::time::Duration;
    ///
    /// let week = Duration::from_secs(7 * 24 * 3600);
    /// let shared = client.share_files([99]).password("s3cret").expires_in(week).send().await?;
    /// println!("{}", shared.url.expose());
    /// # Ok(()) }
    /// ```
    pub fn share_files(&self, file_ids: impl IntoIterator<Item = i64>) -> ShareRequest {
        ShareRequest {
            client: self.clone(),
            files: file_ids.into_iter().collect(),
            password: None,
            expires: None,
            settings: Map::new(),
        }
    }
}

impl ShareRequest {
    /// Sets a password. Default: none.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets when downloads end, in whole seconds. Default: the platform's.
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.expires = Some(at);
        self
    }

    /// Sets how long downloads are possible, from now; see [`expires`](Self::expires).
    pub fn expires_in(self, time: std::time::Duration) -> Self {
        // A time beyond the calendar is the end of the calendar.
        let time = chrono::TimeDelta::from_std(time).unwrap_or(chrono::TimeDelta::MAX);
        self.expires(Utc::now().checked_add_signed(time).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Sets how many downloads are possible. Default: the platform's.
    pub fn max_downloads(self, downloads: u32) -> Self {
        self.set("max_downloads", downloads)
    }

    /// Sets whether the files can only be previewed. Default: the platform's.
    pub fn only_preview(self, yes: bool) -> Self {
        self.set("only_preview", yes)
    }

    /// Sets whether the link always leads to the latest versions of the files. Default: the platform's.
    pub fn latest_version(self, yes: bool) -> Self {
        self.set("autoupdate", yes)
    }

    /// Sets whether the platform notifies the owner of downloads. Default: the platform's.
    pub fn notify(self, yes: bool) -> Self {
        self.set("notify", yes)
    }

    fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// Creates the link.
    ///
    /// # Errors
    /// Those of any call. [`ErrorKind::InvalidRequest`] without files, for an empty password, and for an expiry
    /// in the past, before anything is sent. [`ErrorKind::Integrity`] if the link does not have the password or
    /// the expiry that was set; it is then deleted.
    pub async fn send(self) -> Result<SharedFiles, Error> {
        self.check()?;
        let body = self.body();
        let request = self.client.request(Method::POST, "/sharelink");
        let request = request.operation(&operations::CREATE_SHARE_LINK).json(&body);
        let link = request.send::<ShareLink>().await?.into_inner();
        let missing = [
            ("password", self.password.is_some() && !has_password(&link)),
            ("expiry", self.expires.is_some() && link.expiration_date.is_none()),
        ];
        if let Some((what, _)) = missing.iter().find(|(_, missing)| *missing) {
            let outcome = match self.client.delete_share_link(link.id).send().await {
                Ok(_) => "the link was deleted".to_owned(),
                Err(error) => format!("the link could not be deleted: {error}"),
            };
            let message = format!("the platform created the link without the {what}; {outcome}");
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        let url = self.client.share_url(&link)?;
        Ok(SharedFiles { link, url })
    }

    fn check(&self) -> Result<(), Error> {
        let problem = if self.files.is_empty() {
            "no file to share"
        } else if self.password.as_ref().is_some_and(|password| password.expose().is_empty()) {
            "the password of the share link is empty; leave it out to share without one"
        } else if self.expires.is_some_and(|at| at <= Utc::now()) {
            "the share link would expire in the past"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidRequest, problem))
    }

    fn body(&self) -> Map<String, Value> {
        let mut body = self.settings.clone();
        body.insert("files".to_owned(), self.files.iter().map(|id| json!({"id": id})).collect());
        if let Some(at) = self.expires {
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            body.insert("expiration_date".to_owned(), at.into());
        }
        if let Some(password) = &self.password {
            body.insert("password".to_owned(), password.expose().into());
        }
        body
    }
}

impl IntoFuture for ShareRequest {
    type Output = Result<SharedFiles, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl Client {
    /// The URL of a share link: see [`SharedFiles::url`].
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the link has no key.
    pub fn share_url(&self, link: &ShareLink) -> Result<Secret, Error> {
        if let Some(url) = link.extra.get("url").and_then(Value::as_str) {
            return Ok(Secret::from(url));
        }
        let key = link.key.as_deref().filter(|key| !key.is_empty()).ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the platform returned a share link without a `key`")
        })?;
        let mut url = self.runtime().base_url().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["sharelink", "download", key]);
        }
        Ok(Secret::from(String::from(url)))
    }
}

/// Whether the platform reports a password. Its value is opaque, except that some values are those of a member that
/// is not set.
fn has_password(link: &ShareLink) -> bool {
    let unset = |mark: &str| matches!(mark.trim(), "" | "0" | "false");
    link.password_protected.as_deref().is_some_and(|mark| !unset(mark))
}

impl Deref for SharedFiles {
    type Target = ShareLink;
    fn deref(&self) -> &ShareLink {
        &self.link
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::builder("https://c.example").access_token("canary").build().unwrap()
    }

    #[tokio::test]
    async fn settings_are_checked_before_anything_is_sent() {
        let past = Utc::now() - chrono::TimeDelta::seconds(1);
        for request in [
            client().share_files([]),
            client().share_files([1]).password(""),
            client().share_files([1]).expires(past),
        ] {
            assert_eq!(request.send().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
        assert!(client().share_files([1]).expires_in(std::time::Duration::MAX).check().is_ok());
    }

    #[test]
    fn the_body_has_what_was_set_and_debug_hides_the_password() {
        let at = "2027-01-02T03:04:05.6Z".parse().unwrap();
        let request = client().share_files([1, 2]).password("canary").expires(at);
        let request = request.max_downloads(3).latest_version(true);
        assert!(!format!("{request:?}").contains("canary"), "{request:?}");
        let body = json!({"files": [{"id": 1}, {"id": 2}], "password": "canary", "max_downloads": 3,
            "expiration_date": "2027-01-02T03:04:05Z", "autoupdate": true});
        assert_eq!(Value::from(request.body()), body);
        let body = json!({"files": [{"id": 1}]});
        assert_eq!(Value::from(client().share_files([1]).body()), body);
    }

    #[test]
    fn the_url_is_the_platforms_or_that_of_the_api() {
        let url = |link: Value| client().share_url(&serde_json::from_value(link).unwrap());
        let api = url(json!({"id": 1, "key": "a/b c"})).unwrap();
        assert_eq!(api.expose(), "https://c.example/api/sharelink/download/a%2Fb%20c");
        let own = url(json!({"id": 1, "key": "k", "url": "https://c.example/dl/k"})).unwrap();
        assert_eq!(own.expose(), "https://c.example/dl/k");
        assert_eq!(url(json!({"id": 1, "key": ""})).unwrap_err().kind(), ErrorKind::Decode);
    }
}
