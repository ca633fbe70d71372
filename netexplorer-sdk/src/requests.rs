//! Intentions that take several calls: asking people to sign, and asking them for files.
//!
//! What the vendor documents of the bodies could not be read. The members that these helpers send are those
//! that the answers have, which is a guess; the typed operations take any others.

use oneteg_http::Error;

use crate::Client;
#[cfg(feature = "signature")]
use crate::types::{
    CreateSignatureActorRequest, CreateSignatureDocumentRequest, CreateSignatureRequest, Signature,
};
#[cfg(all(feature = "ulinks", feature = "ulinks_email"))]
use crate::types::{CreateUploadLinkEmailRequest, CreateUploadLinkRequest, UploadLink};

/// A request for signatures as it is set up.
#[cfg(feature = "signature")]
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before `activate`"]
pub struct SignatureRequest {
    client: Client,
    about: CreateSignatureRequest,
    files: Vec<i64>,
    actors: Vec<CreateSignatureActorRequest>,
}

#[cfg(feature = "signature")]
impl Client {
    /// Begins a request for signatures, from what the platform is told of it: its name, level, mode and the
    /// rest.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::types::{CreateSignatureActorRequest, CreateSignatureRequest};
    ///
    /// let about = CreateSignatureRequest { name: Some("Contract".into()), ..Default::default() };
    /// let signer =
    ///     CreateSignatureActorRequest { email: Some("a@example.com".into()), ..Default::default() };
    /// let request = client.request_signatures(about).file(99).actor(signer);
    /// let signature = request.activate().await?;
    /// # let _ = signature; Ok(()) }
    /// ```
    pub fn request_signatures(&self, about: CreateSignatureRequest) -> SignatureRequest {
        SignatureRequest { client: self.clone(), about, files: Vec::new(), actors: Vec::new() }
    }
}

#[cfg(feature = "signature")]
impl SignatureRequest {
    /// Adds a version of a file to sign.
    pub fn file(mut self, file_id: i64) -> Self {
        self.files.push(file_id);
        self
    }

    /// Adds somebody who signs, approves or follows.
    pub fn actor(mut self, actor: CreateSignatureActorRequest) -> Self {
        self.actors.push(actor);
        self
    }

    /// Creates the request, adds its files and people in their order, and activates it. When one of these
    /// fails, what was created is deleted as far as possible, so that no half of it is left.
    ///
    /// # Errors
    /// The failure of the first call that failed.
    pub async fn activate(self) -> Result<Signature, Error> {
        let signature = self.client.create_signature(self.about.clone()).send().await?.into_inner();
        let Some(id) = signature.id else {
            let message = "the platform created the signature, but its answer has no `id`";
            return Err(Error::new(oneteg_http::ErrorKind::Decode, message));
        };
        match self.fill(id).await {
            Ok(signature) => Ok(signature),
            Err(error) => {
                // The first failure is the one to report.
                let _ = self.client.delete_signature(id).send().await;
                Err(error)
            }
        }
    }

    async fn fill(&self, id: i64) -> Result<Signature, Error> {
        for file in &self.files {
            let document = CreateSignatureDocumentRequest::default();
            self.client.create_signature_document(id, *file, document).send().await?;
        }
        for actor in &self.actors {
            self.client.create_signature_actor(id, actor.clone()).send().await?;
        }
        Ok(self.client.activate_signature(id).send().await?.into_inner())
    }
}

#[cfg(all(feature = "ulinks", feature = "ulinks_email"))]
impl Client {
    /// Makes an upload link to a folder and sends it to people by e-mail. The link, whatever becomes of the
    /// e-mail: its failure is reported beside it.
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
    /// When the link could not be made.
    pub async fn request_files<P: Into<String>>(
        &self,
        folder_id: i64,
        people: impl IntoIterator<Item = P>,
    ) -> Result<(UploadLink, Result<(), Error>), Error> {
        let body = CreateUploadLinkRequest { folder_id: Some(folder_id), ..Default::default() };
        let link = self.create_upload_link(body).send().await?.into_inner();
        let email = CreateUploadLinkEmailRequest {
            folder_id: Some(folder_id),
            ulink_id: link.id,
            recipients: Some(people.into_iter().map(Into::into).collect()),
            ..Default::default()
        };
        let sent = self.create_upload_link_email(email).send().await.map(drop);
        Ok((link, sent))
    }
}
